package dev.felucca.linux.cgroup;

import java.io.IOException;

/** This host has no control groups that containers could be put into; the message says why. */
public final class CgroupsUnusableException extends IOException {
  private static final long serialVersionUID = 1;

  CgroupsUnusableException(String message) {
    super(message);
  }
}
