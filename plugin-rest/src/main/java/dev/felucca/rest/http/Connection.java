package dev.felucca.rest.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: requests one after the other, whatever was sent ahead waits. All of it
 * runs on the channel's event loop, unless said otherwise.
 */
final class Connection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
  private static final String NAME = "connection";
  private static final String DECODER = "decoder";
  private static final String ARRIVAL = "arrival";
  private static final String ENCODER = "encoder";
  private static final int MOST_AHEAD = 64;

  /** What a client has to end its side once its output has ended. */
  private static final int LEAVING_SECONDS = 10;

  private final Channel channel;
  private final Threads threads;
  private final Dispatcher dispatcher;
  private final Arrival arrival;
  private final Intake intake;
  private final InputPump pump;
  private final Queue<HttpObject> ahead = new ArrayDeque<>();

  /** Bytes behind a request that may take the connection over. */
  private final Queue<ByteBuf> behind = new ArrayDeque<>();

  private @Nullable Exchange current;

  /** What was answered while its body still arrives. */
  private @Nullable Exchange answered;

  private boolean answeredKeepsOpen;
  private boolean mayTakeOver;
  private boolean raw;
  private boolean leaving;
  private boolean inputEnded;

  /** What the client sent last is no HTTP; what came before it is answered. */
  private boolean malformed;

  private boolean draining;

  Connection(Channel channel, Dispatcher dispatcher, Threads threads, long arrivalMilliseconds) {
    this.channel = channel;
    this.threads = threads;
    this.dispatcher = dispatcher;
    arrival =
        new Arrival(arrivalMilliseconds, () -> refuse(408, "the request took too long to arrive"));
    intake = new Intake(this, dispatcher);
    pump = new InputPump(channel, threads.streams());
  }

  void install() {
    channel
        .pipeline()
        .addLast(ARRIVAL, arrival)
        .addLast(DECODER, decoder())
        .addLast(ENCODER, new HttpResponseEncoder())
        .addLast(NAME, this);
  }

  private static HttpRequestDecoder decoder() {
    return new HttpRequestDecoder(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(64 * 1024)
            .setMaxHeaderSize(128 * 1024)
            .setMaxChunkSize(64 * 1024));
  }

  Channel channel() {
    return channel;
  }

  Threads threads() {
    return threads;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof ByteBuf bytes) {
      bytesArrived(bytes);
    } else {
      httpArrived((HttpObject) message);
    }
  }

  private void bytesArrived(ByteBuf bytes) {
    if (raw) {
      pump.offer(bytes);
      return;
    }
    behind.add(bytes);
    if (behind.size() >= MOST_AHEAD) {
      channel.config().setAutoRead(false);
    }
  }

  private void httpArrived(HttpObject message) {
    if (message.decoderResult().isFailure()) {
      // The decoder has lost its place and brings nothing more.
      malformed = true;
      arrival.suspend();
    } else if (message instanceof HttpRequest request) {
      mayTakeOver = intake.mayTakeOver(request);
    }
    if (message instanceof LastHttpContent && !malformed) {
      arrival.whole();
      if (mayTakeOver) {
        // Before the request is looked at: what follows it may not be HTTP.
        arrival.suspend();
        channel.pipeline().remove(DECODER);
      }
    }
    if ((current == null || intake.uploads()) && ahead.isEmpty()) {
      process(message);
    } else {
      ahead.add(message);
      if (ahead.size() >= MOST_AHEAD) {
        channel.config().setAutoRead(false);
      }
    }
  }

  /** Its body may take as long as it likes. */
  void arrivesSlowly() {
    arrival.suspend();
  }

  private void process(HttpObject message) {
    try {
      if (!message.decoderResult().isFailure()) {
        intake.accept(message);
      } else if (intake.uploads()) {
        intake.malformed();
      } else {
        refuse(message.decoderResult().cause());
      }
    } finally {
      ReferenceCountUtil.release(message);
      Exchange early = answered;
      if (early != null && !intake.uploads()) {
        answered = null;
        finished(early, answeredKeepsOpen);
      }
    }
  }

  /** A request is whole: the handler is chosen already. */
  void begin(Exchange exchange) {
    current = exchange;
    if (inputEnded && !mayTakeOver) {
      exchange.clientGone();
    }
  }

  /** From any thread: an answer has left, or failed to. */
  void finished(Exchange exchange, boolean keepAlive) {
    if (!channel.eventLoop().inEventLoop()) {
      channel.eventLoop().execute(() -> finished(exchange, keepAlive));
      return;
    }
    if (current != exchange) {
      return;
    }
    if (intake.uploads() && inputEnded) {
      channel.close(); // The rest of its body will not come.
      return;
    }
    if (intake.uploads()) {
      // Answered before its body was whole: a client that still sends would miss the answer.
      intake.drop();
      answered = exchange;
      answeredKeepsOpen = keepAlive;
      return;
    }
    current = null;
    if (!keepAlive || (malformed && ahead.isEmpty())) {
      channel.close();
      return;
    }
    if (mayTakeOver && channel.pipeline().get(DECODER) == null && ahead.isEmpty()) {
      speakHttpAgain();
    }
    drain();
  }

  private void speakHttpAgain() {
    mayTakeOver = false;
    arrival.whole();
    channel.pipeline().addAfter(ARRIVAL, DECODER, decoder());
    readBehind();
  }

  private void readBehind() {
    for (ByteBuf bytes = behind.poll(); bytes != null; bytes = behind.poll()) {
      channel.pipeline().fireChannelRead(bytes);
    }
  }

  private void drain() {
    if (draining) {
      return;
    }
    draining = true;
    try {
      while ((current == null || intake.uploads()) && channel.isActive()) {
        HttpObject next = ahead.poll();
        if (next == null) {
          break;
        }
        process(next);
      }
    } finally {
      draining = false;
    }
    if (!ahead.isEmpty()) {
      return;
    }
    if (intake.uploads()) {
      intake.readOn(); // what came of the body ahead of its turn may have stopped the reading
    } else if (current == null && inputEnded) {
      channel.close();
    } else if (current == null) {
      channel.config().setAutoRead(true);
    }
  }

  /**
   * From any thread.
   *
   * @param handlers adds those the stream needs before the handler of the name given
   */
  RawStream takeOver(String head, BiConsumer<ChannelPipeline, String> handlers, boolean framed) {
    channel
        .eventLoop()
        .execute(
            () -> {
              raw = true;
              current = null;
              if (!channel.isActive()) {
                return; // It was closed meanwhile: what is written fails, and that says so.
              }
              channel.pipeline().remove(ENCODER);
              channel.writeAndFlush(
                  Unpooled.copiedBuffer(head, java.nio.charset.StandardCharsets.US_ASCII));
              handlers.accept(channel.pipeline(), NAME);
              readBehind();
              if (inputEnded) {
                rawInputEnded();
              } else {
                channel.config().setAutoRead(true);
              }
            });
    return new RawStream(channel, framed, pump, threads.streams(), this::leave);
  }

  /**
   * When all output was sent. Whoever closes a socket with input that was not read tells its client
   * of an error, and TCP drops output for it (unix(7), RFC 2525 2.17). So the output ends, and what
   * still comes is dropped until the client ends its side, too.
   */
  private void leave() {
    if (inputEnded || !channel.isActive() || WebSocketFrames.speaks(channel)) {
      channel.close();
      return;
    }
    leaving = true;
    pump.close();
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (tls == null) {
      ((DuplexChannel) channel).shutdownOutput();
    } else {
      tls.closeOutbound();
    }
    channel.config().setAutoRead(true);
    Future<?> late =
        channel.eventLoop().schedule(() -> channel.close(), LEAVING_SECONDS, TimeUnit.SECONDS);
    channel.closeFuture().addListener(closed -> late.cancel(false));
  }

  private void rawInputEnded() {
    pump.end();
    PeerProbe.watch(channel);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    boolean end =
        event == ChannelInputShutdownEvent.INSTANCE || event == SslCloseCompletionEvent.SUCCESS;
    if (!end || inputEnded) {
      return;
    }
    inputEnded = true;
    if (leaving) {
      channel.close();
    } else if (raw) {
      rawInputEnded();
    } else if (current == null || answered != null) {
      channel.close();
    } else if (!mayTakeOver) {
      current.clientGone();
      // Whoever was asked may answer late, or never: that holds no descriptor of one that has left.
      PeerProbe.watch(channel);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    Exchange exchange = current;
    current = null;
    if (exchange != null) {
      exchange.clientGone();
    }
    ahead.forEach(ReferenceCountUtil::release);
    ahead.clear();
    behind.forEach(ByteBuf::release);
    behind.clear();
    intake.release();
    answered = null;
    pump.end();
    pump.close();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (MutualTls.refused(cause)) {
      LOG.info("a client is refused on {}: {}", channel.localAddress(), cause.getMessage());
    } else if (cause instanceof java.io.IOException) {
      LOG.debug("a connection failed", cause);
    } else {
      LOG.warn("a connection is closed", cause);
    }
    ctx.close();
  }

  private void refuse(Throwable cause) {
    if (cause instanceof io.netty.handler.codec.http.TooLongHttpHeaderException) {
      refuse(431, "the request's headers are too large");
    } else if (cause instanceof io.netty.handler.codec.http.TooLongHttpLineException) {
      refuse(414, "the request's target is too long");
    } else {
      refuse(400, "malformed HTTP request");
    }
  }

  /** Answers what is not a request, and closes. An answer that has begun is just cut. */
  private void refuse(int status, String words) {
    if (current != null || raw || !channel.isActive()) {
      channel.close();
      return;
    }
    channel.writeAndFlush(intake.refusal(status, words)).addListener(ChannelFutureListener.CLOSE);
  }

  void setConnectionHeader(HttpHeaders headers, boolean keepAlive, boolean http10) {
    if (!keepAlive) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    } else if (http10) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    }
  }
}
