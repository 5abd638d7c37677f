package dev.felucca.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.felucca.kernel.container.Attachment;
import dev.felucca.kernel.container.StreamListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jline.terminal.impl.LineDisciplineTerminal;
import org.jline.utils.NonBlockingReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets what is typed at a terminal that one program hands to the next. */
@Timeout(60)
class TypeAheadTest {
  private static final String DETACH = "\020\021";

  private final Program program = new Program();
  private LineDisciplineTerminal terminal;
  private Console console;

  @BeforeEach
  void open() throws IOException {
    terminal =
        new LineDisciplineTerminal(
            "test", "dumb", OutputStream.nullOutputStream(), StandardCharsets.UTF_8);
    console =
        new Console(
            InputStream.nullInputStream(),
            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
            System.err,
            terminal,
            new NearConfig(null),
            false,
            false);
  }

  @AfterEach
  void close() throws Exception {
    terminal.close();
    for (Thread reader : readers()) {
      reader.join();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aProgramHasTheKeysUpToItsEndAndTheShellTheOthers(boolean tty) throws Exception {
    type("first"); // before it has the terminal
    Session session = Session.open(console, tty, true, program::join);
    session.begin(size -> {});
    program.has("first");
    type("own");
    program.has("firstown");
    program.end();
    type("felucca:ps");
    for (Thread reader : readers()) {
      reader.join(); // it has seen the keys, and may have taken them
    }
    session.close();
    assertEquals("felucca:ps", left());
    assertEquals("firstown", program.typed());
  }

  @Test
  void aProgramThatNeverRunsTakesNoKey() throws Exception {
    type("felucca:ps");
    Session session = Session.open(console, true, true, program::join);
    assertEquals(List.of(), readers());
    assertEquals("felucca:ps", left());
    session.close();
    assertEquals("", program.typed());
  }

  @Test
  void whatComesBehindTheDetachKeysIsTheShells() throws Exception {
    type("ls" + DETACH + "felucca:ps");
    try (Session session = Session.open(console, true, true, program::join)) {
      session.begin(size -> {});
      assertFalse(session.awaitEnd());
    }
    assertEquals("felucca:ps", left());
    assertEquals("ls", program.typed());
  }

  @Test
  void aCharacterThatStraddlesTwoReadsStaysWhole() throws Exception {
    String text = "x".repeat(1023) + "\uD83D\uDEF6" + "y";
    Thread typist = new Thread(() -> type(text)); // more than a terminal's buffer holds
    typist.start();
    try (Session session = Session.open(console, true, true, program::join)) {
      session.begin(size -> {});
      program.has(text);
      program.end();
    }
    typist.join();
  }

  @Test
  void aPromptTakesItsLineAlone() throws Exception {
    type("j\u00f6x\177\rright-password\rfelucca:ps");
    assertEquals("j\u00f6", Prompt.line(console, "Username: ", true));
    assertEquals("right-password", Prompt.line(console, "Password: ", false));
    assertEquals("felucca:ps", left());
    type("a\004b");
    assertNull(Prompt.line(console, "Username: ", true));
    assertEquals("b", left());
  }

  /** The threads that carry keys to a program. */
  private static List<Thread> readers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("shell-keys"))
        .toList();
  }

  private void type(String text) {
    try {
      // As a paste comes: at once.
      terminal.processInputBytes(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** What the next reader of the terminal finds. */
  private String left() throws IOException {
    StringBuilder found = new StringBuilder();
    NonBlockingReader reader = terminal.reader();
    for (int key; (key = reader.read(100)) >= 0; ) {
      found.append((char) key);
    }
    return found.toString();
  }

  /** Keeps what it is given. */
  private static final class Program implements Attachment {
    private final ByteArrayOutputStream given = new ByteArrayOutputStream();
    private final CountDownLatch joined = new CountDownLatch(1);
    private StreamListener listener;

    Attachment join(StreamListener output) {
      listener = output;
      joined.countDown();
      return this;
    }

    void end() throws InterruptedException {
      joined.await(30, TimeUnit.SECONDS);
      listener.ended();
    }

    synchronized String typed() {
      return given.toString(StandardCharsets.UTF_8);
    }

    synchronized void has(String text) throws InterruptedException {
      for (long end = System.nanoTime() + 30_000_000_000L;
          !typed().equals(text) && System.nanoTime() < end; ) {
        wait(100);
      }
      assertEquals(text, typed());
    }

    @Override
    public boolean tty() {
      return true;
    }

    @Override
    public synchronized void write(ByteBuffer input) {
      byte[] bytes = new byte[input.remaining()];
      input.get(bytes);
      given.writeBytes(bytes);
      notifyAll();
    }

    @Override
    public void closeInput() {
      // the terminal's end is not looked at
    }

    @Override
    public void close() {
      // nothing is held
    }
  }
}
