package dev.felucca.linux;

/** A place in a syscall program that steps may jump to, known by its name in listings. */
public final class Label {
  private final String name;
  private int step = -1;

  public Label(String name) {
    this.name = name;
  }

  void mark(int step) {
    if (this.step >= 0) {
      throw new IllegalStateException("label " + name + " is marked twice");
    }
    this.step = step;
  }

  int step() {
    if (step < 0) {
      throw new IllegalStateException("label " + name + " is never marked");
    }
    return step;
  }

  boolean marks(int index) {
    return step == index;
  }

  @Override
  public String toString() {
    return name;
  }
}
