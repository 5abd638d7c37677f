package dev.felucca.rest.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Serves HTTP on unix sockets and TCP ports. Netty's epoll transport, for its NIO transport refuses
 * half-closed unix sockets, which {@code docker run} needs.
 */
public final class HttpServer implements AutoCloseable {
  private static final int LOOPS = Runtime.getRuntime().availableProcessors() > 4 ? 4 : 2;
  private static final int BACKLOG = 1024;
  private static final int WARM_UP_MILLISECONDS = 1000;
  private final Dispatcher dispatcher;
  private final long arrivalMilliseconds;
  private final Threads threads = new Threads();
  private final EventLoopGroup loops;
  private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
  private @Nullable SocketFile socket;

  /**
   * @param arrivalMilliseconds how long a request may take to arrive, from its first byte
   * @throws IOException when epoll's native half isn't there
   */
  public HttpServer(Dispatcher dispatcher, long arrivalMilliseconds) throws IOException {
    if (!Epoll.isAvailable()) {
      throw new IOException(
          "Netty's epoll transport has no native library for this processor",
          Epoll.unavailabilityCause());
    }
    this.dispatcher = dispatcher;
    this.arrivalMilliseconds = arrivalMilliseconds;
    loops = new EpollEventLoopGroup(LOOPS, Threads.named("rest-loop-"));
  }

  /**
   * Serves on a unix socket; a second call is refused.
   *
   * @param group who may use it beside the owner, empty for nobody
   */
  public void listen(Path path, String group, Set<PosixFilePermission> mode) throws IOException {
    if (socket != null) {
      throw new IllegalStateException("serves on a unix socket already");
    }
    SocketFile claimed = SocketFile.claim(path);
    socket = claimed;
    bind(
        EpollServerDomainSocketChannel.class,
        new DomainSocketAddress(claimed.bindAt().toFile()),
        null);
    claimed.publish(group, mode);
  }

  /**
   * Serves on a TCP port and answers where: port 0 is any.
   *
   * @param tls null for none
   */
  public InetSocketAddress listen(InetSocketAddress address, @Nullable MutualTls tls)
      throws IOException {
    return (InetSocketAddress) bind(EpollServerSocketChannel.class, address, tls).localAddress();
  }

  private Channel bind(
      Class<? extends ServerChannel> type, SocketAddress address, @Nullable MutualTls tls)
      throws IOException {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops)
            .channel(type)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(64 * 1024, 256 * 1024))
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channels.add(channel);
                    if (tls != null) {
                      channel.pipeline().addLast(MutualTls.HANDLER, tls.handler(channel));
                    }
                    new Connection(channel, dispatcher, threads, arrivalMilliseconds).install();
                  }
                });
    if (address instanceof InetSocketAddress) {
      bootstrap
          .childOption(ChannelOption.TCP_NODELAY, true)
          .childOption(ChannelOption.SO_KEEPALIVE, true);
    }
    var bound = bootstrap.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "listen on " + address + ": " + bound.cause().getMessage(), bound.cause());
    }
    channels.add(bound.channel());
    return bound.channel();
  }

  /**
   * Runs something once, soon and off the event loops: not at once, for others are starting too.
   */
  public void warmUp(Runnable task) {
    loops.schedule(() -> threads.work().execute(task), WARM_UP_MILLISECONDS, TimeUnit.MILLISECONDS);
  }

  /** Connections now open. */
  public int connections() {
    return channels.size();
  }

  /** Closes every connection and ends every thread. */
  @Override
  public void close() throws IOException {
    try (SocketFile closing = socket) {
      channels.close().awaitUninterruptibly();
      threads.close();
    } finally {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }
  }
}
