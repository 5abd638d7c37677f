package dev.felucca.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.apache.felix.gogo.jline.Shell;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A visitor who types before anybody asks for it. */
@Timeout(120)
class VisitTest {
  private static final String CTRL_D = "\004";
  private static final String HOME = "user.home";

  /** What was done at the terminal, in order. */
  private final List<String> done = Collections.synchronizedList(new ArrayList<>());

  private final Semaphore held = new Semaphore(0);
  private final ThreadIOImpl io = new ThreadIOImpl();
  private final String home = System.getProperty(HOME);
  private CommandProcessorImpl processor;
  private Shell shell;
  private ServerSocketChannel door;
  private Path socket;

  @BeforeEach
  void open(@TempDir Path there) throws IOException {
    Files.createDirectory(there.resolve("etc"));
    Files.writeString(there.resolve("etc/gosh_profile"), "prompt = 'felucca> '\n");
    System.setProperty(HOME, there.toString()); // the shell's history is kept there
    io.start();
    processor = new CommandProcessorImpl(io);
    shell = new Shell(new Nowhere(there), processor);
    command("sh", (session, words) -> shell.sh(session, new String[0]));
    command("exit", new Exit());
    command("do", (session, words) -> done.add(String.valueOf(words.get(0))));
    command("hold", (session, words) -> held.tryAcquire(60, TimeUnit.SECONDS));
    command(
        "ask",
        (session, words) -> {
          @SuppressWarnings("unchecked")
          UnaryOperator<byte[]> near = (UnaryOperator<byte[]>) session.get(".near");
          return done.add(new String(near.apply(new byte[] {'?'}), UTF_8));
        });
    socket = there.resolve("s");
    door = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    door.bind(UnixDomainSocketAddress.of(socket));
  }

  private void command(String name, Function function) {
    processor.addConstant(name, function);
  }

  @AfterEach
  void close() throws IOException {
    door.close();
    io.stop();
    System.setProperty(HOME, home);
  }

  @Test
  void nothingIsLostThatCameBeforeTheEngineAskedForIt() throws Exception {
    for (int round = 0; round < 100; round++) {
      done.clear();
      try (Visitor visitor = new Visitor("30 90\n")) {
        visitor.send('w', "31 91\n");
        visitor.send('d', "do one\rdo");
        visitor.send('w', "32 92\n");
        visitor.send('d', " two\r" + CTRL_D);
        assertEquals(0, visitor.visit(), "round " + round);
        assertEquals(List.of("one", "two"), done, "round " + round + "\n" + visitor.screen());
      }
    }
  }

  @Test
  void theFirstPromptIsDrawnForTheTerminalsSize() throws Exception {
    try (Visitor visitor = new Visitor("30 44\n")) {
      visitor.send('d', CTRL_D);
      visitor.visit();
      // What JLine marks an unfinished line with: as many blanks as there are columns, but the
      // last.
      assertTrue(visitor.screen().contains(" ".repeat(42)), visitor.screen());
      assertFalse(visitor.screen().contains(" ".repeat(44)), visitor.screen());
    }
  }

  @Test
  void aTerminalWithoutASizeIsTakenForOneOfTwentyFourByEighty() throws Exception {
    for (String size : List.of("", "0 0\n")) {
      try (Visitor visitor = new Visitor(size)) {
        visitor.send('d', "do " + size.length() + "\r" + CTRL_D);
        assertEquals(0, visitor.visit());
        assertTrue(visitor.screen().contains(" ".repeat(78)), visitor.screen());
      }
    }
    assertEquals(List.of("0", "4"), done);
  }

  @Test
  void whatIsTypedWhileACommandRunsIsTheNextOnes() throws Exception {
    try (Visitor visitor = new Visitor("30 90\n")) {
      visitor.send('d', "hold\r");
      visitor.send('d', "do one\rhold\rdo two\r" + CTRL_D);
      held.release(2);
      assertEquals(0, visitor.visit());
    }
    assertEquals(List.of("one", "two"), done);
  }

  @Test
  void whatIsTypedBehindTheEndOfAnInnerShellIsTheOuters() throws Exception {
    try (Visitor visitor = new Visitor("30 90\n")) {
      visitor.send('d', "sh\rdo inner\r" + CTRL_D + "do outer\rexit 5\r");
      assertEquals(5, visitor.visit());
    }
    assertEquals(List.of("inner", "outer"), done);
  }

  @Test
  void nothingIsDoneThatWasTypedBehindExit() throws Exception {
    for (String before : List.of("", "sh\r")) {
      try (Visitor visitor = new Visitor("30 90\n")) {
        visitor.send('d', before + "do it\rexit\rdo more\r");
        visitor.send('d', "do " + "much ".repeat(1000) + "more\rdo more\r");
        assertEquals(0, visitor.visit());
      }
    }
    assertEquals(List.of("it", "it"), done);
  }

  @Test
  void aPasteLosesNothingNorWhatIsTypedBehindIt() throws Exception {
    String text = "\u00e9\u20ac\uD83D\uDEF6".repeat(40);
    try (Visitor visitor = new Visitor("30 200\n")) {
      visitor.send('d', "\033[200~do '" + text + "'\033[201~\rsh\r" + CTRL_D);
      visitor.send('d', "do " + text + "\r" + CTRL_D);
      assertEquals(0, visitor.visit());
      assertEquals(List.of(text, text), done, visitor.screen());
    }
  }

  @Test
  void theNearEndsAnswerComesThroughWhatIsTyped() throws Exception {
    try (Visitor visitor = new Visitor("30 90\n")) {
      visitor.send('d', "ask\r" + "do more\r".repeat(1000) + CTRL_D);
      assertEquals(0, visitor.visit());
    }
    assertEquals("answer", done.get(0));
    assertEquals(1001, done.size());
  }

  /** A near end. */
  private final class Visitor implements AutoCloseable {
    private final SocketChannel near = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    private final SocketChannel far = door.accept();
    private final ByteArrayOutputStream shown = new ByteArrayOutputStream();

    Visitor(String size) throws IOException {
      send('t', "xterm\n" + size);
    }

    void send(char kind, String text) throws IOException {
      byte[] bytes = text.getBytes(UTF_8);
      ByteBuffer frame = ByteBuffer.allocate(1 + Integer.BYTES + bytes.length);
      frame.put((byte) kind).putInt(bytes.length).put(bytes).flip();
      while (frame.hasRemaining()) {
        near.write(frame);
      }
    }

    String screen() {
      return shown.toString(UTF_8);
    }

    /** Serves what was sent so far, and answers the exit code. */
    int visit() throws Exception {
      Thread server =
          new Thread(
              () -> {
                try (far;
                    Frames frames = new Frames(far, far)) {
                  new Visit(frames, processor, shell).serve();
                } catch (IOException e) {
                  shown.writeBytes(("\n" + e).getBytes(UTF_8));
                }
              });
      server.start();
      DataInputStream in = new DataInputStream(Channels.newInputStream(near));
      try {
        while (true) {
          int kind = in.readUnsignedByte();
          byte[] bytes = in.readNBytes(in.readInt());
          if (kind == 'x') {
            return bytes[0] & 0xff;
          }
          if (kind == 'q') {
            send('a', "answer");
          } else {
            shown.writeBytes(bytes);
          }
        }
      } catch (EOFException e) {
        throw new AssertionError("the visit broke:\n" + screen(), e);
      } finally {
        server.join();
      }
    }

    @Override
    public void close() throws IOException {
      near.close();
      far.close();
    }
  }

  private record Nowhere(Path home) implements Shell.Context {
    @Override
    public String getProperty(String name) {
      return name.equals("gosh.home") ? home.toString() : null;
    }

    @Override
    public void exit() {
      throw new AssertionError("the engine is not the visitor's to end");
    }
  }
}
