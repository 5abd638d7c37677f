package dev.felucca.linux.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.linux.Arch;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileArchivesTest {
  private static final Set<String> STAYS = Set.of("top", "top/a", "top/a/stays", "top/z");

  /** Each with what is in it before it. */
  private static final List<List<String>> VANISHES =
      List.of(List.of("a/file"), List.of("a/link"), List.of("a/twin"), List.of("b/inner", "b"));

  private final Syscalls kernel = LinuxSyscalls.load();
  @TempDir Path dir;

  /** The kernel, under which something is removed after a number of calls. */
  private final class Meanwhile implements Syscalls {
    private final Path tree;
    private final List<String> removed;
    private int left;

    Meanwhile(Path tree, List<String> removed, int after) {
      this.tree = tree;
      this.removed = removed;
      this.left = after;
    }

    @Override
    public Arch arch() {
      return kernel.arch();
    }

    @Override
    public long call(Sysno nr, long... args) {
      long result = kernel.call(nr, args);
      if (--left == 0) {
        try {
          for (String one : removed) {
            Files.delete(tree.resolve(one));
          }
        } catch (IOException e) {
          throw new AssertionError(e);
        }
      }
      return result;
    }
  }

  private Path tree(String name) throws IOException {
    Path tree = Files.createDirectories(dir.resolve(name));
    Files.createDirectory(tree.resolve("a"));
    Files.writeString(tree.resolve("a/file"), "words");
    Files.createLink(tree.resolve("a/twin"), tree.resolve("a/file"));
    Files.createSymbolicLink(tree.resolve("a/link"), Path.of("file"));
    Files.writeString(tree.resolve("a/stays"), "words");
    Files.createDirectory(tree.resolve("b"));
    Files.writeString(tree.resolve("b/inner"), "words");
    Files.writeString(tree.resolve("z"), "words");
    return tree;
  }

  private static Set<String> names(Syscalls linux, Path tree, Set<String> closed)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FileArchives.writeTree(linux, tree, "top", closed, out, null);
    Set<String> names = new TreeSet<>();
    TarReader tar = new TarReader(new ByteArrayInputStream(out.toByteArray()));
    for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
      String name = entry.name();
      names.add(name.endsWith("/") ? name.substring(0, name.length() - 1) : name);
      if (entry.type() == TarEntry.HARD_LINK) {
        assertTrue(names.contains(entry.linkName()), "the target of a hard link is there");
      }
    }
    return names;
  }

  @Test
  void whatVanishesWhileItIsReadIsLeftOut() throws IOException {
    for (List<String> removed : VANISHES) {
      String last = removed.get(removed.size() - 1);
      boolean leftOut = false;
      for (int after = 1; ; after++) {
        Path tree = tree(last.replace('/', '-') + after);
        Meanwhile linux = new Meanwhile(tree, removed, after);
        Set<String> names = names(linux, tree, Set.of());
        if (linux.left > 0) {
          break;
        }
        assertTrue(names.containsAll(STAYS), last + " after " + after + ": " + names);
        leftOut |= !names.contains("top/" + last);
      }
      assertTrue(leftOut, last);
    }
  }

  @Test
  void whatTheKernelShowsIsNoFileToKeep() throws IOException {
    assertEquals(Set.of("top"), names(kernel, Path.of("/proc"), Set.of()));
    assertEquals(Set.of("top"), names(kernel, Path.of("/sys/kernel"), Set.of()));
  }

  @Test
  void closedDirectoriesAreWrittenEmpty() throws IOException {
    Set<String> names = names(kernel, tree("whole"), Set.of("b"));
    assertTrue(names.contains("top/b"));
    assertFalse(names.contains("top/b/inner"));
    assertEquals(8, names.size(), names.toString());
  }
}
