package dev.felucca.rest.fake;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.Attachment;
import dev.felucca.kernel.container.StreamListener;
import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.kernel.log.LogEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A process that is a Java thread; its program is the first word of its command. */
public final class FakeProcess {
  private static final byte[] END = {};
  public final CompletableFuture<Integer> exit = new CompletableFuture<>();
  public final List<LogEntry> log = new CopyOnWriteArrayList<>();
  public final AtomicInteger attached = new AtomicInteger();
  private final BlockingQueue<byte[]> input = new LinkedBlockingQueue<>(4);
  private final List<StreamListener> listeners = new ArrayList<>();
  private final boolean tty;
  private final boolean openStdin;
  private volatile @Nullable Thread thread;
  private volatile int signal;

  public FakeProcess(boolean tty, boolean openStdin) {
    this.tty = tty;
    this.openStdin = openStdin;
  }

  public synchronized Attachment attach(@Nullable StreamListener listener) {
    if (listener != null) {
      listeners.add(listener);
    }
    attached.incrementAndGet();
    return new Attachment() {
      private boolean closed;

      @Override
      public boolean tty() {
        return tty;
      }

      @Override
      public void write(ByteBuffer bytes) throws IOException {
        if (!openStdin) {
          throw new EngineException(CONFLICT, "no standard input");
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        put(copy);
      }

      @Override
      public void closeInput() throws IOException {
        put(END);
      }

      private void put(byte[] bytes) throws IOException {
        try {
          input.put(bytes);
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
      }

      @Override
      public void close() {
        synchronized (FakeProcess.this) {
          if (!closed) {
            closed = true;
            attached.decrementAndGet();
            listeners.remove(listener);
          }
        }
      }
    };
  }

  public void start(List<String> argv) {
    thread =
        new Thread(
            () -> {
              int code;
              try {
                code = run(argv);
              } catch (InterruptedException e) {
                code = 128 + signal;
              } catch (RuntimeException e) {
                code = 99;
              }
              List<StreamListener> left;
              synchronized (this) {
                left = List.copyOf(listeners);
              }
              // In this order: a client asks for the exit code as soon as its stream has ended.
              exit.complete(code);
              left.forEach(StreamListener::ended);
            },
            "fake-process");
    thread.setDaemon(true);
    thread.start();
  }

  public void signal(int number) {
    signal = number;
    Thread running = thread;
    if (running != null) {
      running.interrupt();
    }
  }

  private int run(List<String> argv) throws InterruptedException {
    switch (argv.get(0)) {
      case "echo" ->
          print(OutputStreamKind.STDOUT, String.join(" ", argv.subList(1, argv.size())) + "\n");
      case "both" -> {
        print(OutputStreamKind.STDOUT, "to stdout\n");
        print(OutputStreamKind.STDERR, "to stderr\n");
      }
      case "exit" -> {
        return Integer.parseInt(argv.get(1));
      }
      case "cat" -> {
        for (byte[] bytes = input.take(); bytes != END; bytes = input.take()) {
          print(OutputStreamKind.STDOUT, new String(bytes, StandardCharsets.ISO_8859_1));
        }
        print(OutputStreamKind.STDERR, "eof\n");
        return 7;
      }
      case "flood" -> {
        String block = "x".repeat(65_536);
        for (int i = 0; i < Integer.parseInt(argv.get(1)); i++) {
          print(OutputStreamKind.STDOUT, block);
        }
      }
      case "sleep" -> Thread.sleep(1_000_000);
      default -> {
        return 127;
      }
    }
    return 0;
  }

  public void print(OutputStreamKind kind, String text) throws InterruptedException {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    if (bytes.length < 10_000) {
      log.add(new LogEntry(kind, Instant.now(), bytes));
    }
    List<StreamListener> all;
    synchronized (this) {
      all = List.copyOf(listeners);
    }
    for (StreamListener listener : all) {
      try {
        listener.output(kind, ByteBuffer.wrap(bytes)).toCompletableFuture().get();
      } catch (java.util.concurrent.ExecutionException e) {
        synchronized (this) {
          listeners.remove(listener);
        }
      }
    }
  }
}
