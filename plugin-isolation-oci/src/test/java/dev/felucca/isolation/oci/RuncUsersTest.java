package dev.felucca.isolation.oci;

class RuncUsersTest extends OciUsersTest {
  RuncUsersTest() {
    super("runc");
  }
}
