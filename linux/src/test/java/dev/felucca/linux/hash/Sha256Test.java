package dev.felucca.linux.hash;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.linux.Assembler;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Sha256Test {
  @TempDir Path directory;

  @Test
  void theBytesAreWhatTheirSourceAssemblesTo() throws Exception {
    assertArrayEquals(
        Assembler.assemble(directory, "sha256-x86_64.s", "x86_64-linux-gnu-as", "x86_64"),
        Sha256Code.code());
  }

  @Test
  void everyLengthInEveryPiecesIsHashedAsTheJdkDoes() throws Exception {
    MessageDigest ours = ours();
    MessageDigest theirs = MessageDigest.getInstance("SHA-256");
    Random random = new Random(4);
    for (int length = 0; length < 400; length++) {
      byte[] content = new byte[length < 300 ? length : random.nextInt(200_000)];
      random.nextBytes(content);
      for (int at = 0; at < content.length; ) {
        int some = Math.min(content.length - at, 1 + random.nextInt(content.length));
        if (random.nextBoolean()) {
          ours.update(ByteBuffer.wrap(content, at, some));
        } else {
          ours.update(content, at, some);
        }
        at += some;
      }
      assertArrayEquals(theirs.digest(content), ours.digest(), "length " + content.length);
    }
  }

  @Test
  void aCopyGoesItsOwnWay() throws Exception {
    MessageDigest one = ours();
    one.update(new byte[1000]);
    MessageDigest other = (MessageDigest) one.clone();
    other.update((byte) 1);
    MessageDigest theirs = MessageDigest.getInstance("SHA-256");
    assertArrayEquals(theirs.digest(new byte[1000]), one.digest());
    byte[] longer = new byte[1001];
    longer[1000] = 1;
    assertArrayEquals(theirs.digest(longer), other.digest());
  }

  private static MessageDigest ours() throws Exception {
    assumeTrue(Sha256Code.usable(), "the processor has no SHA instructions");
    return MessageDigest.getInstance("SHA-256", new FastHashes());
  }
}
