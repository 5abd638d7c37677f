package dev.felucca.linux.layer;

import java.io.IOException;

/** A layer that is damaged, cut short, or asks for something outside its snapshot. */
public final class InvalidLayerException extends IOException {
  private static final long serialVersionUID = 1;

  public InvalidLayerException(String message) {
    super(message);
  }

  public InvalidLayerException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Never null: it is what people are shown. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
