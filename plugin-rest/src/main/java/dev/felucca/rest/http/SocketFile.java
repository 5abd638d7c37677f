package dev.felucca.rest.http;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.Closeable;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The place of a unix socket in the file system. It is bound in a directory that only its owner can
 * enter, gets its group and mode there, and is then renamed: nobody ever sees it with another mode.
 * A lock beside it is held as long as it serves, so that two engines that start at once don't take
 * it from each other.
 */
final class SocketFile implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(SocketFile.class);
  private static final Pattern WORKSHOP = Pattern.compile("\\.f[0-9a-z]{1,3}");
  private static final int PATH_LIMIT = 107; // sun_path less its ending zero: unix(7)
  private final Path path;
  private final FileChannel lock;
  private @Nullable Path workshop;
  private @Nullable Object key;

  private SocketFile(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /**
   * Makes ready to bind: the socket of an engine that has died is removed.
   *
   * @throws IOException when something answers there, or what is there isn't a socket
   */
  static SocketFile claim(Path path) throws IOException {
    Path absolute = path.toAbsolutePath().normalize();
    refuseLong(absolute);
    Path directory = absolute.getParent();
    if (directory == null) {
      throw new IOException("not a socket path: " + absolute);
    }
    Files.createDirectories(directory);
    SocketFile claimed = new SocketFile(absolute, lock(absolute));
    try {
      claimed.removeDead();
      removeLeft(claimed.lock, directory);
      claimed.workshop = workshop(claimed.lock, directory);
      refuseLong(claimed.bindAt());
      return claimed;
    } catch (IOException | RuntimeException e) {
      claimed.close();
      throw e;
    }
  }

  private static void refuseLong(Path path) throws IOException {
    if (path.toString().getBytes(StandardCharsets.UTF_8).length > PATH_LIMIT) {
      throw new IOException("socket path is longer than " + PATH_LIMIT + " bytes: " + path);
    }
  }

  /** The directory that an engine which was killed had made, and had noted before. */
  private static void removeLeft(FileChannel lock, Path directory) throws IOException {
    ByteBuffer noted = ByteBuffer.allocate(8);
    lock.read(noted, 0);
    String name = new String(noted.array(), 0, noted.position(), StandardCharsets.US_ASCII);
    Path left = directory.resolve(name);
    if (WORKSHOP.matcher(name).matches() && Files.isDirectory(left, LinkOption.NOFOLLOW_LINKS)) {
      LOG.info("{} is left from an engine that was killed; it is removed", left);
      Files.deleteIfExists(left.resolve("s"));
      Files.delete(left);
    }
  }

  /** A directory with as short a name as can be, for the limit is on the path that is bound. */
  private static Path workshop(FileChannel lock, Path directory) throws IOException {
    while (true) {
      int number = ThreadLocalRandom.current().nextInt(36 * 36 * 36);
      String name = ".f" + Integer.toString(number, 36);
      if (Files.exists(directory.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
        continue;
      }
      lock.truncate(0);
      lock.write(ByteBuffer.wrap(name.getBytes(StandardCharsets.US_ASCII)), 0);
      try {
        return Files.createDirectory(
            directory.resolve(name),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      } catch (FileAlreadyExistsException taken) {
        LOG.debug("{} is taken", taken.getFile());
      }
    }
  }

  private static FileChannel lock(Path path) throws IOException {
    Path file = path.resolveSibling(path.getFileName() + ".lock");
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file)) {
      Path aside = file.resolveSibling(file.getFileName() + ".damaged-" + System.nanoTime());
      LOG.error("{} is no file and was moved to {}", file, Files.move(file, aside).getFileName());
    }
    FileChannel channel = FileChannel.open(file, Set.of(CREATE, READ, WRITE), ownerOnly());
    FileLock held = null;
    try {
      held = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      LOG.debug("{} is locked by this JVM", file, e);
    } finally {
      if (held == null) {
        channel.close();
      }
    }
    if (held == null) {
      throw new IOException("another engine serves " + path);
    }
    return channel;
  }

  private static java.nio.file.attribute.FileAttribute<?> ownerOnly() {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  }

  private void removeDead() throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    int mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    if ((mode & 0170000) != 0140000) {
      throw new IOException(path + " is there and is not a socket");
    }
    try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      throw new IOException("another engine answers on " + probe.getRemoteAddress());
    } catch (java.net.ConnectException e) {
      LOG.info("{} is left from an engine that has ended; it is replaced", path);
      Files.delete(path);
    }
  }

  /** Where to bind. */
  Path bindAt() {
    return java.util.Objects.requireNonNull(workshop, "published already").resolve("s");
  }

  /** Gives the bound socket its group, mode and name. */
  void publish(String group, Set<PosixFilePermission> mode) throws IOException {
    Path bound = bindAt();
    PosixFileAttributeView view = Files.getFileAttributeView(bound, PosixFileAttributeView.class);
    Set<PosixFilePermission> allowed = EnumSet.copyOf(mode);
    if (!group.isEmpty() && !give(bound, view, group)) {
      allowed.removeIf(permission -> permission.name().startsWith("GROUP"));
    }
    view.setPermissions(allowed);
    key = Files.readAttributes(bound, java.nio.file.attribute.BasicFileAttributes.class).fileKey();
    Files.move(bound, path, ATOMIC_MOVE);
    removeWorkshop();
  }

  private boolean give(Path bound, PosixFileAttributeView view, String group) throws IOException {
    GroupPrincipal principal;
    try {
      principal =
          bound.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group);
    } catch (UserPrincipalNotFoundException e) {
      LOG.info("there is no group {}: only the owner may use {}", group, path);
      return false;
    }
    try {
      view.setGroup(principal);
      return true;
    } catch (java.nio.file.FileSystemException e) {
      LOG.info("{} can't be given to group {}: only the owner may use it", path, group, e);
      return false;
    }
  }

  /** Removes the socket, unless another took its place. */
  @Override
  public void close() throws IOException {
    try (lock) {
      removeWorkshop();
      if (key != null && Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        Object there =
            Files.readAttributes(
                    path,
                    java.nio.file.attribute.BasicFileAttributes.class,
                    LinkOption.NOFOLLOW_LINKS)
                .fileKey();
        if (key.equals(there)) {
          Files.delete(path);
        }
      }
    }
  }

  private void removeWorkshop() throws IOException {
    Path directory = workshop;
    if (directory != null) {
      Files.deleteIfExists(directory.resolve("s"));
      Files.delete(directory);
      workshop = null;
      lock.truncate(0);
    }
  }
}
