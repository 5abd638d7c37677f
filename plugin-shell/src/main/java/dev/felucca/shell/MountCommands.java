package dev.felucca.shell;

import dev.felucca.kernel.container.ContainerMounts;
import dev.felucca.kernel.container.MountPoint;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Mounts of containers that exist, running or not. */
final class MountCommands {
  private MountCommands() {}

  @Command(
      description = {
        "add mounts to a container, which sees them at once when it runs:",
        "VOLUME:/there, /host/dir:/there:ro, or by --mount as docker run has it"
      })
  static final class Mount extends ShellCommand {
    @Parameters(index = "0", paramLabel = "CONTAINER")
    private String container = "";

    @Parameters(index = "1..*", paramLabel = "SOURCE:TARGET[:MODE]")
    private List<String> binds = new ArrayList<>();

    @Option(
        names = "--mount",
        paramLabel = "TEXT",
        description = "type=bind|volume|tmpfs,src=,dst=,…")
    private List<String> mounts = new ArrayList<>();

    Mount(Context context) {
      super(context);
    }

    @Override
    int run() throws Exception {
      for (String bind : binds) {
        show(use(ContainerMounts.class, service -> service.add(container, bind)));
      }
      for (String mount : mounts) {
        show(use(ContainerMounts.class, service -> service.add(container, MountText.parse(mount))));
      }
      return 0;
    }

    private void show(MountPoint mount) {
      String source = mount.name().isEmpty() ? mount.source() : mount.name();
      console().print(mount.type() + " " + source + " " + mount.destination());
    }
  }

  @Command(description = "take mounts away from a container; files of volumes stay")
  static final class Unmount extends ShellCommand {
    @Parameters(index = "0", paramLabel = "CONTAINER")
    private String container = "";

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "TARGET")
    private List<String> targets = new ArrayList<>();

    Unmount(Context context) {
      super(context);
    }

    @Override
    int run() throws Exception {
      for (String target : targets) {
        tell(ContainerMounts.class, service -> service.remove(container, target));
        console().print(target);
      }
      return 0;
    }
  }
}
