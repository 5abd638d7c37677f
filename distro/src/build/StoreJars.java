import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * {@code StoreJars FROM TO}: makes TO the jars of FROM with their entries stored, not deflated. Three
 * thousand classes are read at each start; inflating them took a twentieth of it. Run by the build.
 */
final class StoreJars {
  /** Native libraries for other machines: nobody reads them, so they may stay small. */
  private static final int LARGE = 100_000;

  private StoreJars() {}

  public static void main(String[] folders) throws IOException {
    Path to = Files.createDirectories(Path.of(folders[1]));
    Set<Path> kept = new HashSet<>();
    for (Path jar : jars(Path.of(folders[0]))) {
      Path stored = to.resolve(jar.getFileName());
      kept.add(stored);
      if (!Files.exists(stored)
          || Files.getLastModifiedTime(stored).compareTo(Files.getLastModifiedTime(jar)) < 0) {
        store(jar, stored);
      }
    }
    for (Path jar : jars(to)) {
      if (!kept.contains(jar)) {
        Files.delete(jar);
      }
    }
  }

  private static List<Path> jars(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
  }

  private static void store(Path jar, Path stored) throws IOException {
    Path next = stored.resolveSibling(stored.getFileName() + ".next");
    try (ZipFile from = new ZipFile(jar.toFile());
        OutputStream file = Files.newOutputStream(next);
        ZipOutputStream to = new ZipOutputStream(file)) {
      for (ZipEntry entry : Collections.list(from.entries())) {
        byte[] content = from.getInputStream(entry).readAllBytes();
        ZipEntry copy = new ZipEntry(entry.getName());
        copy.setTime(entry.getTime());
        if (content.length < LARGE) {
          CRC32 crc = new CRC32();
          crc.update(content);
          copy.setMethod(ZipEntry.STORED);
          copy.setSize(content.length);
          copy.setCrc(crc.getValue());
        }
        to.putNextEntry(copy);
        to.write(content);
        to.closeEntry();
      }
    }
    Files.move(next, stored, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
