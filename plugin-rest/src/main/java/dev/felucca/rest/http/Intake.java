package dev.felucca.rest.http;

import dev.felucca.kernel.EngineException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Puts requests together from what the decoder brings and hands them to their handlers. */
final class Intake {
  private static final int BODY_LIMIT = 4 << 20;

  /** Of all connections together: a small heap is not to be filled by requests half sent. */
  private static final long BODIES_LIMIT = 32 << 20;

  private static final AtomicLong BODIES = new AtomicLong();
  private final Connection connection;
  private final Dispatcher dispatcher;
  private @Nullable HttpRequest head;
  private @Nullable ByteBuf body;
  private @Nullable Upload upload;
  private boolean refused;

  Intake(Connection connection, Dispatcher dispatcher) {
    this.connection = connection;
    this.dispatcher = dispatcher;
  }

  /** True when the bytes behind this request may not be HTTP. */
  boolean mayTakeOver(HttpRequest request) {
    if (request.headers().contains(HttpHeaderNames.UPGRADE)) {
      return true;
    }
    if (!request.method().equals(io.netty.handler.codec.http.HttpMethod.POST)) {
      return false;
    }
    try {
      Target target = Target.parse(request.uri());
      return dispatcher.find(request.method().name(), target.path()).takesOver();
    } catch (EngineException e) {
      return false; // It is refused when it is whole.
    }
  }

  void accept(HttpObject message) {
    if (refused) {
      return;
    }
    if (message instanceof HttpRequest request) {
      head = request;
      body = null;
      Refusal unread = unread(request);
      if (unread != null) {
        refuse(unread.status(), unread.message());
        return;
      }
      if (BrowserGuard.refuses(connection.channel(), request)) {
        refuse(403, "requests from web pages are refused");
        return;
      }
      Dispatcher.Found uploading = uploading(request);
      if (uploading == null && HttpUtil.getContentLength(request, 0L) > BODY_LIMIT) {
        refuse(413, "the request's body is larger than 4 MiB");
        return;
      }
      if (HttpUtil.is100ContinueExpected(request)) {
        connection
            .channel()
            .writeAndFlush(
                new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
      }
      if (uploading != null) {
        connection.arrivesSlowly();
        upload = new Upload(connection.channel());
        whole();
      }
    }
    Upload coming = upload;
    if (message instanceof HttpContent content && coming != null) {
      if (content.content().isReadable()) {
        coming.offer(content.content().retain());
      }
      if (message instanceof LastHttpContent) {
        upload = null;
        coming.end();
      }
    } else if (message instanceof HttpContent content) {
      if (content.content().isReadable()) {
        append(content.content());
      }
      if (message instanceof LastHttpContent && !refused) {
        whole();
      }
    }
  }

  /** Why its body can't be told from the next request, or will not come; null for most. */
  private static @Nullable Refusal unread(HttpRequest request) {
    if (request.protocolVersion().majorVersion() != 1) {
      return new Refusal(505, "unsupported protocol version");
    }
    List<String> encodings = request.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
    if (encodings.size() > 1
        || (encodings.size() == 1
            && !HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(encodings.get(0)))) {
      return new Refusal(501, "unsupported transfer encoding: " + String.join(", ", encodings));
    }
    String expected = request.headers().get(HttpHeaderNames.EXPECT);
    if (expected != null && !HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(expected)) {
      return new Refusal(417, "unknown expectation");
    }
    return null;
  }

  /** The route of a request whose body is read as it comes; null for all others. */
  private Dispatcher.@Nullable Found uploading(HttpRequest request) {
    try {
      Target target = Target.parse(request.uri());
      Dispatcher.Found found = dispatcher.find(request.method().name(), target.path());
      return found.uploads() ? found : null;
    } catch (EngineException e) {
      return null; // It is refused when it is whole.
    }
  }

  /** True while the body of a request arrives whose handler was called already. */
  boolean uploads() {
    return upload != null;
  }

  /** The rest of the body is read as its reader takes it. */
  void readOn() {
    if (upload != null) {
      upload.readOn();
    }
  }

  /** The rest of the body can't be read: whoever reads it is told. */
  void malformed() {
    Upload coming = upload;
    if (coming != null) {
      upload = null;
      coming.malformed();
    }
  }

  /** Nobody reads the rest of the body. */
  void drop() {
    if (upload != null) {
      upload.close();
    }
  }

  private void append(ByteBuf bytes) {
    ByteBuf all = body;
    if (all == null) {
      all = Unpooled.buffer(bytes.readableBytes());
      body = all;
    }
    if (all.readableBytes() + bytes.readableBytes() > BODY_LIMIT) {
      refuse(413, "the request's body is larger than 4 MiB");
      return;
    }
    if (BODIES.addAndGet(bytes.readableBytes()) > BODIES_LIMIT) {
      BODIES.addAndGet(-bytes.readableBytes());
      refuse(503, "too many requests are being received");
      return;
    }
    all.writeBytes(bytes);
  }

  private void refuse(int status, String words) {
    refused = true;
    release();
    connection
        .channel()
        .writeAndFlush(refusal(status, words))
        .addListener(io.netty.channel.ChannelFutureListener.CLOSE);
  }

  FullHttpResponse refusal(int status, String words) {
    byte[] json = new Refusal(status, words).json();
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(status),
            Unpooled.wrappedBuffer(json),
            new DefaultHttpHeaders(),
            new DefaultHttpHeaders());
    CommonHeaders.add(response.headers());
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
        .set(HttpHeaderNames.CONTENT_LENGTH, json.length)
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    return response;
  }

  private void whole() {
    HttpRequest request = java.util.Objects.requireNonNull(head, "content before a request");
    byte[] bytes = body == null ? new byte[0] : io.netty.buffer.ByteBufUtil.getBytes(body);
    release();
    boolean keepAlive = HttpUtil.isKeepAlive(request);
    boolean http10 = !request.protocolVersion().isKeepAliveDefault();
    String method = request.method().name();
    Request made;
    Dispatcher.Found found;
    try {
      Target target = Target.parse(request.uri());
      found = dispatcher.find(method, target.path());
      ApiVersion version =
          target.version().isEmpty() ? ApiVersion.LATEST : ApiVersion.parse(target.version());
      made =
          new Request(
              method,
              target.path(),
              version,
              found.names(),
              new Query(target.query()),
              request.headers(),
              bytes);
    } catch (EngineException e) {
      Request bare =
          new Request(
              method,
              request.uri(),
              ApiVersion.LATEST,
              Map.of(),
              new Query(""),
              request.headers(),
              bytes);
      Exchange exchange = new Exchange(connection, bare, keepAlive, http10);
      connection.begin(exchange);
      exchange.fail(e);
      return;
    }
    Exchange exchange = new Exchange(connection, made, keepAlive, http10);
    if (upload != null) {
      exchange.uploads(upload);
    }
    connection.begin(exchange);
    run(exchange, found);
  }

  private void run(Exchange exchange, Dispatcher.Found found) {
    Executor executor =
        switch (found.lane()) {
          case LOOP -> Runnable::run;
          case QUERY -> connection.threads().queries();
          case WORK -> connection.threads().work();
        };
    try {
      executor.execute(() -> handle(exchange, found.handler()));
    } catch (RejectedExecutionException e) {
      exchange.fail(
          new EngineException(
              EngineException.Kind.UNAVAILABLE, "too many requests are being worked on", e));
    }
  }

  private static void handle(Exchange exchange, Handler handler) {
    try {
      handler.handle(exchange);
    } catch (Exception | LinkageError | StackOverflowError e) {
      // LinkageError too: a driver's bundle may have been uninstalled under the call.
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      exchange.fail(e);
    }
  }

  void release() {
    if (upload != null && !connection.channel().isActive()) {
      upload.gone();
      upload = null;
    }
    if (body != null) {
      BODIES.addAndGet(-body.readableBytes());
      body.release();
      body = null;
    }
  }
}
