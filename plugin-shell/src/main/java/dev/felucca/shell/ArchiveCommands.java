package dev.felucca.shell;

import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.ContainerImages;
import dev.felucca.kernel.image.ImageArchives;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.ImportRequest;
import dev.felucca.kernel.image.ProgressListener.Progress;
import java.io.BufferedOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands for images and file systems in files; the files are the engine's, by absolute path. */
final class ArchiveCommands {
  private ArchiveCommands() {}

  private interface Writing {
    void to(OutputStream out) throws Exception;
  }

  /** Writes a file whole or not at all. */
  private static void write(String file, Writing writing) throws Exception {
    Path target = Path.of(file).toAbsolutePath();
    Path part = target.resolveSibling("." + target.getFileName() + ".part");
    try {
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part))) {
        writing.to(out);
      }
      Files.move(part, target, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static void print(ShellCommand command, Progress step) {
    if (step.id() == null) {
      command.console().print(step.status());
    }
  }

  /** {@code save -o FILE IMAGE…}. */
  @Command(description = "write images to a tar: Docker archive and OCI layout in one")
  static final class Save extends ShellCommand {
    @Option(
        names = {"-o", "--output"},
        required = true,
        paramLabel = "FILE",
        description = "file on the engine's host, by absolute path")
    private String file = "";

    @Option(
        names = "--platform",
        paramLabel = "OS/ARCH",
        description = "for this system and processor, as linux/arm64")
    private @Nullable String platform;

    @Parameters(arity = "1..*", paramLabel = "IMAGE")
    private List<String> images = new ArrayList<>();

    Save(Context context) {
      super(context);
    }

    @Override
    int run() throws Exception {
      Platform wanted = platform == null ? null : Platform.parse(platform);
      write(file, out -> tell(ImageArchives.class, archives -> archives.save(images, wanted, out)));
      return 0;
    }
  }

  /** {@code load -i FILE}. */
  @Command(description = "load the images of a Docker archive or OCI layout")
  static final class Load extends ShellCommand {
    @Option(
        names = {"-i", "--input"},
        required = true,
        paramLabel = "FILE",
        description = "file on the engine's host, by absolute path")
    private String file = "";

    @Option(
        names = "--platform",
        paramLabel = "OS/ARCH",
        description = "for this system and processor, as linux/arm64")
    private @Nullable String platform;

    Load(Context context) {
      super(context);
    }

    @Override
    int run() throws Exception {
      Platform wanted = platform == null ? null : Platform.parse(platform);
      try (InputStream in = Files.newInputStream(Path.of(file))) {
        use(ImageArchives.class, archives -> archives.load(in, wanted, step -> print(this, step)));
      }
      return 0;
    }
  }

  /** {@code import FILE|URL [NAME]}. */
  @Command(description = "make an image of a file system's tar")
  static final class Import extends ShellCommand {
    @Option(
        names = {"-c", "--change"},
        paramLabel = "INSTRUCTION",
        description = "a Dockerfile instruction to apply, as \"CMD sh\"")
    private List<String> changes = new ArrayList<>();

    @Option(
        names = {"-m", "--message"},
        paramLabel = "TEXT",
        description = "a comment for the image's history")
    private @Nullable String message;

    @Option(
        names = "--platform",
        paramLabel = "OS/ARCH",
        description = "for this system and processor, as linux/arm64")
    private @Nullable String platform;

    @Parameters(index = "0", paramLabel = "FILE|URL")
    private String source = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "NAME")
    private @Nullable String name;

    Import(Context context) {
      super(context);
    }

    @Override
    int run() throws Exception {
      ImportRequest request =
          new ImportRequest(
              name == null ? null : ImageReference.parse(name).withDefaultTag(),
              source,
              message,
              changes,
              platform == null ? null : Platform.parse(platform));
      boolean address = source.contains("://");
      try (InputStream in = address ? null : Files.newInputStream(Path.of(source))) {
        ImageDetails image =
            use(
                ImageArchives.class,
                archives -> archives.importTar(request, in, step -> print(this, step)));
        console().print(image.id().toString());
      }
      return 0;
    }
  }

  /** {@code export -o FILE CONTAINER}. */
  @Command(description = "write a container's file system to a tar")
  static final class Export extends ShellCommand {
    @Option(
        names = {"-o", "--output"},
        required = true,
        paramLabel = "FILE",
        description = "file on the engine's host, by absolute path")
    private String file = "";

    @Parameters(paramLabel = "CONTAINER")
    private String container = "";

    Export(Context context) {
      super(context);
    }

    @Override
    int run() throws Exception {
      write(file, out -> tell(ContainerImages.class, images -> images.export(container, out)));
      return 0;
    }
  }

  /** {@code diff CONTAINER}. */
  @Command(description = "list what a container has changed")
  static final class Diff extends ShellCommand {
    @Parameters(paramLabel = "CONTAINER")
    private String container = "";

    Diff(Context context) {
      super(context);
    }

    @Override
    int run() throws Exception {
      use(ContainerImages.class, images -> images.changes(container))
          .forEach(
              change ->
                  console().print("CAD".charAt(change.kind().ordinal()) + " " + change.path()));
      return 0;
    }
  }

  /** {@code commit CONTAINER [NAME]}. */
  @Command(description = "make an image of what a container has changed")
  static final class Commit extends ShellCommand {
    @Option(
        names = {"-a", "--author"},
        paramLabel = "TEXT",
        description = "who made it")
    private String author = "";

    @Option(
        names = {"-m", "--message"},
        paramLabel = "TEXT",
        description = "a comment for the image's history")
    private String message = "";

    @Option(
        names = {"-c", "--change"},
        paramLabel = "INSTRUCTION",
        description = "a Dockerfile instruction to apply, as \"CMD sh\"")
    private List<String> changes = new ArrayList<>();

    @Option(
        names = {"-p", "--pause"},
        arity = "0..1",
        defaultValue = "true",
        fallbackValue = "true",
        paramLabel = "BOOL",
        description = "pause the container meanwhile [${DEFAULT-VALUE}]")
    private boolean pause = true;

    @Parameters(index = "0", paramLabel = "CONTAINER")
    private String container = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "NAME")
    private @Nullable String name;

    Commit(Context context) {
      super(context);
    }

    @Override
    int run() throws Exception {
      ContainerImages.CommitRequest request =
          new ContainerImages.CommitRequest(
              container,
              name == null ? null : ImageReference.parse(name).withDefaultTag(),
              message,
              author,
              changes,
              null,
              pause);
      console().print(use(ContainerImages.class, images -> images.commit(request)).id().toString());
      return 0;
    }
  }
}
