package dev.felucca.isolation.oci;

class CrunTest extends OciIsolationTest {
  CrunTest() {
    super("crun");
  }
}
