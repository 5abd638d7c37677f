package dev.felucca.rest.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;

/**
 * Bytes on the inside, WebSocket frames on the client's side: what frames carry comes in as it is,
 * each piece written goes out as a message of its own. Pings are answered, and so is the client's
 * close, which is the end of its input.
 */
final class WebSocketFrames extends ChannelDuplexHandler {
  private static final int LONGEST = 1 << 20;
  private final boolean binary;
  private boolean closing;

  private WebSocketFrames(boolean binary) {
    this.binary = binary;
  }

  /**
   * @param before the handler that takes the bytes
   * @param binary else text messages, as Docker sent before API version 1.28
   */
  static void install(ChannelPipeline pipeline, String before, boolean binary) {
    pipeline
        .addBefore(
            before,
            "frame-decoder",
            new WebSocket13FrameDecoder(
                WebSocketDecoderConfig.newBuilder()
                    .maxFramePayloadLength(LONGEST)
                    .withUTF8Validator(false)
                    .build()))
        .addBefore(before, "frame-encoder", new WebSocket13FrameEncoder(false))
        .addBefore(before, "frames", new WebSocketFrames(binary));
  }

  /** Its close has a frame of its own. */
  static boolean speaks(Channel channel) {
    return channel.pipeline().get(WebSocketFrames.class) != null;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    WebSocketFrame frame = (WebSocketFrame) message;
    if (frame instanceof PingWebSocketFrame) {
      ctx.writeAndFlush(new PongWebSocketFrame(frame.content()));
    } else if (frame instanceof CloseWebSocketFrame) {
      ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
      closing = true;
      // The client closes the connection then; what it sent before is still on its way inside.
      ctx.writeAndFlush(new CloseWebSocketFrame(frame.isFinalFragment(), 0, frame.content()))
          .addListener(sent -> ((DuplexChannel) ctx.channel()).shutdownOutput());
    } else if (frame instanceof PongWebSocketFrame) {
      frame.release();
    } else {
      ctx.fireChannelRead(frame.content());
    }
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (message instanceof ByteBuf bytes && bytes.isReadable()) {
      ctx.write(binary ? new BinaryWebSocketFrame(bytes) : new TextWebSocketFrame(bytes), promise);
    } else {
      ctx.write(message, promise);
    }
  }

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    if (closing || !ctx.channel().isActive()) {
      ctx.close(promise);
      return;
    }
    closing = true;
    ctx.writeAndFlush(new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE, ""))
        .addListener(sent -> ctx.close(promise));
  }
}
