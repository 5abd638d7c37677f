package dev.felucca.isolation.oci;

class RuncTest extends OciIsolationTest {
  RuncTest() {
    super("runc");
  }
}
