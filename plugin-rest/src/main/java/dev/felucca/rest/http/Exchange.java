package dev.felucca.rest.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request and its answer. Exactly one of {@link #reply}, {@link #stream}, {@link #takeOver} or
 * {@link #fail} answers it, from any thread; a second answer is ignored.
 */
public final class Exchange {
  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
  private static final byte[] NOTHING = {};
  private final Connection connection;
  private final Request request;
  private final boolean keepAlive;
  private final boolean http10;
  private final AtomicBoolean answered = new AtomicBoolean();
  private final List<Runnable> whenGone = new ArrayList<>(1);
  private boolean gone;
  private volatile @Nullable Runnable cut;
  private volatile @Nullable Upload upload;

  Exchange(Connection connection, Request request, boolean keepAlive, boolean http10) {
    this.connection = connection;
    this.request = request;
    this.keepAlive = keepAlive;
    this.http10 = http10;
  }

  public Request request() {
    return request;
  }

  /** The body, as it comes where the route asked for that; it ends with the answer. */
  public InputStream upload() {
    Upload coming = upload;
    return coming == null ? new ByteArrayInputStream(request.body()) : coming;
  }

  void uploads(Upload coming) {
    upload = coming;
  }

  public Threads threads() {
    return connection.threads();
  }

  public void json(byte[] body) {
    json(200, body);
  }

  public void json(int status, byte[] body) {
    reply(status, "application/json", body, Map.of());
  }

  public void empty(int status) {
    reply(status, null, NOTHING, Map.of());
  }

  /** Refuses; where the answer has begun already it is cut instead. */
  public void fail(Throwable failure) {
    Runnable begun = cut;
    if (begun != null) {
      String what = "an answer is cut: {} {}";
      if (connection.channel().isActive()) {
        LOG.warn(what, request.method(), request.path(), Refusal.unwrap(failure));
      } else {
        // Who leaves makes it fail: nothing is wrong here, and the log isn't theirs to fill.
        LOG.debug(what, request.method(), request.path(), Refusal.unwrap(failure));
      }
      begun.run();
      return;
    }
    Refusal refusal = Refusal.of(failure);
    if (refusal.status() == 304) {
      empty(304);
    } else {
      json(refusal.status(), refusal.json());
    }
  }

  public void reply(
      int status, @Nullable String type, byte[] body, Map<String, String> moreHeaders) {
    if (!answered.compareAndSet(false, true) || !connection.channel().isActive()) {
      return;
    }
    boolean head = request.method().equals("HEAD");
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(status),
            head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body));
    HttpHeaders headers = response.headers();
    CommonHeaders.add(headers);
    if (type != null) {
      headers.set(HttpHeaderNames.CONTENT_TYPE, type);
    }
    moreHeaders.forEach(headers::set);
    if (status != 204 && status != 304) {
      headers.set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    }
    connection.setConnectionHeader(headers, keepAlive, http10);
    connection
        .channel()
        .writeAndFlush(response)
        .addListener(done -> connection.finished(this, keepAlive));
  }

  /** Begins an answer of unknown length; its headers leave at once. */
  public Body stream(@Nullable String type) {
    return stream(type, Map.of());
  }

  /** The same with headers of its own. */
  public Body stream(@Nullable String type, Map<String, String> moreHeaders) {
    if (!answered.compareAndSet(false, true)) {
      throw new IllegalStateException("answered already: " + request.path());
    }
    HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    CommonHeaders.add(response.headers());
    if (type != null) {
      response.headers().set(HttpHeaderNames.CONTENT_TYPE, type);
    }
    moreHeaders.forEach(response.headers()::set);
    if (!http10) {
      response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    }
    boolean staysOpen = keepAlive && !http10;
    connection.setConnectionHeader(response.headers(), staysOpen, false);
    connection.channel().writeAndFlush(response);
    Body body = new Body(connection.channel(), () -> connection.finished(this, staysOpen));
    cut = body::abort;
    if (gone()) {
      body.abort();
    }
    return body;
  }

  /**
   * Turns the connection into a raw stream: 101 when the client asked for an upgrade, else a plain
   * 200.
   *
   * @param framed stdout and stderr in frames, else as they are
   */
  public RawStream takeOver(boolean framed) {
    boolean upgrade = request.headers().contains(HttpHeaderNames.UPGRADE);
    String type =
        upgrade && framed && request.version().atLeast(42)
            ? MediaTypes.MULTIPLEXED
            : MediaTypes.RAW;
    String head =
        (upgrade
                ? "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                : "HTTP/1.1 200 OK\r\n")
            + "Content-Type: "
            + type
            + "\r\n"
            + CommonHeaders.text()
            + "\r\n";
    boolean headFirst = HeadFirst.isFor(request);
    return takeOver(
        head,
        (pipeline, before) -> {
          if (headFirst) {
            pipeline.addLast("head", new HeadFirst());
          }
        },
        framed);
  }

  /** Turns the connection into a WebSocket that carries the stream. */
  public RawStream takeOver(WebSocketHandshake handshake) {
    boolean binary = request.version().atLeast(28);
    return takeOver(
        handshake.head(),
        (pipeline, before) -> WebSocketFrames.install(pipeline, before, binary),
        false);
  }

  private RawStream takeOver(
      String head, BiConsumer<ChannelPipeline, String> handlers, boolean framed) {
    if (!answered.compareAndSet(false, true)) {
      throw new IllegalStateException("answered already: " + request.path());
    }
    RawStream stream = connection.takeOver(head, handlers, framed);
    cut = stream::close;
    return stream;
  }

  /** Runs when the client leaves before the answer is whole; at once when it has left already. */
  public void whenGone(Runnable action) {
    synchronized (whenGone) {
      if (!gone) {
        whenGone.add(action);
        return;
      }
    }
    action.run();
  }

  public boolean gone() {
    synchronized (whenGone) {
      return gone;
    }
  }

  void clientGone() {
    List<Runnable> actions;
    synchronized (whenGone) {
      if (gone) {
        return;
      }
      gone = true;
      actions = List.copyOf(whenGone);
      whenGone.clear();
    }
    actions.forEach(Runnable::run);
    Upload coming = upload;
    if (coming != null) {
      coming.gone();
    }
    Runnable begun = cut;
    if (begun != null) {
      // Nobody reads it: a client that has closed its side looks no different from one that left.
      begun.run();
    }
  }

  /** Runs a task later, on the event loop: it must not block. */
  public void later(long milliseconds, Runnable task) {
    connection.channel().eventLoop().schedule(task, milliseconds, TimeUnit.MILLISECONDS);
  }
}
