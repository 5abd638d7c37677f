package dev.felucca.isolation.oci;

class CrunUsersTest extends OciUsersTest {
  CrunUsersTest() {
    super("crun");
  }
}
