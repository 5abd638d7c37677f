package dev.felucca.shell;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerFiles;
import dev.felucca.kernel.storage.PathStat;
import dev.felucca.kernel.storage.RootFiles;
import dev.felucca.kernel.storage.RootView;
import dev.felucca.shell.CopyPlan.Place;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cp SOURCE TARGET}, one of them in a container and the other on the engine's host. */
@Command(
    description = {
      "copy files or folders between a container and the host:",
      "one of the two is CONTAINER:PATH, the other an absolute path of the engine's host,",
      "or - for a tar on standard input or output of ./felucca shell"
    })
final class CpCommand extends ShellCommand {
  private static final String STREAM = "-";
  private static final String NO_CONTAINER = "must specify at least one container source";
  private static final int PIPE = 1 << 20;
  private static final int TYPE = 0170000;
  private static final int DIRECTORY = 0040000;
  private static final int SYMLINK = 0120000;

  @Option(
      names = {"-L", "--follow-link"},
      description = "copy what a symbolic link leads to")
  private boolean follow;

  @Option(
      names = {"-q", "--quiet"},
      description = "say nothing when it is done")
  private boolean quiet;

  @Parameters(index = "0", paramLabel = "SOURCE")
  private String source = "";

  @Parameters(index = "1", paramLabel = "TARGET")
  private String target = "";

  CpCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    if (source.equals(STREAM) || target.equals(STREAM)) {
      stream();
      return 0;
    }
    Place from = Place.parse(source);
    Place to = Place.parse(target);
    if (from.container() != null && to.container() != null) {
      throw new EngineException(INVALID, "copying between containers is not supported");
    }
    if (from.container() == null && to.container() == null) {
      throw new EngineException(INVALID, NO_CONTAINER);
    }
    from = followed(from);
    PathStat what = stat(from);
    CopyPlan.Target there = CopyPlan.Target.NOTHING;
    try {
      PathStat found = stat(to);
      if (type(found) == SYMLINK) {
        to = new Place(to.container(), found.linkTarget());
        found = stat(to);
      }
      there = type(found) == DIRECTORY ? CopyPlan.Target.DIRECTORY : CopyPlan.Target.FILE;
    } catch (EngineException e) {
      if (e.kind() != NOT_FOUND) {
        throw e;
      }
    }
    CopyPlan plan = CopyPlan.decide(type(what) == DIRECTORY, to.path(), there);
    copy(from, plan, to);
    if (!quiet) {
      console().print("copied " + source + " to " + target);
    }
    return 0;
  }

  /** Not among the bytes of a tar. */
  @Override
  void complain(String line) {
    if (target.equals(STREAM) && !console().pipedOut() && console().near().isThere()) {
      console().near().tell(line);
    } else {
      super.complain(line);
    }
  }

  private Place followed(Place from) throws Exception {
    PathStat what = stat(from);
    return follow && type(what) == SYMLINK ? new Place(from.container(), what.linkTarget()) : from;
  }

  /** A tar goes as it is: what is in it is not called after the other side. */
  private void stream() throws Exception {
    boolean out = target.equals(STREAM);
    if (source.equals(target)) {
      throw new EngineException(INVALID, NO_CONTAINER);
    }
    Place place = Place.parse(out ? source : target);
    String container = place.container();
    if (container == null) {
      throw new EngineException(INVALID, NO_CONTAINER);
    }
    boolean piped = out ? console().pipedOut() : console().pipedIn();
    if (console().terminal() != null && !piped) {
      throw new EngineException(INVALID, "a tar cannot come from a terminal, or go to one");
    }
    if (out) {
      OutputStream tar = console().out();
      String path = followed(place).path();
      tell(ContainerFiles.class, files -> files.get(container, path, "", stat -> tar));
      return;
    }
    PathStat there = stat(place);
    if (type(there) == SYMLINK) {
      place = new Place(container, there.linkTarget());
      there = stat(place);
    }
    if (type(there) != DIRECTORY) {
      throw new EngineException(INVALID, "destination \"" + target + "\" must be a directory");
    }
    InputStream own = console().in();
    put(container, place.path(), piped ? own : console().near().stream(own));
    if (!quiet) {
      console().print("copied " + source + " to " + target);
    }
  }

  private static int type(PathStat stat) {
    return stat.mode() & TYPE;
  }

  private void copy(Place from, CopyPlan plan, Place to) throws Exception {
    AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    try (PipedInputStream in = new PipedInputStream(PIPE)) {
      PipedOutputStream out = new PipedOutputStream(in);
      Thread reader = new Thread(() -> read(from, plan.as(), out, failure), "shell-cp");
      reader.setDaemon(true);
      reader.start();
      try {
        put(to.container(), plan.directory(), in);
      } catch (Exception e) {
        // Or what could not be read was seen here as a damaged archive.
        failure.compareAndSet(null, e);
      } finally {
        in.close();
        reader.join();
      }
    }
    Exception first = failure.get();
    if (first != null) {
      throw first;
    }
  }

  private void read(
      Place from, String as, PipedOutputStream out, AtomicReference<@Nullable Exception> failure) {
    // Closed after the failure is known: the other side would see only that the tar is cut short.
    try (out) {
      try {
        get(from, as, out);
      } catch (Exception e) {
        failure.compareAndSet(null, e);
      }
    } catch (IOException e) {
      failure.compareAndSet(null, e);
    }
  }

  /** The host's root as the engine has it. */
  private static RootView host() {
    return RootView.running((int) ProcessHandle.current().pid());
  }

  private PathStat stat(Place at) throws Exception {
    String container = at.container();
    return container == null
        ? use(RootFiles.class, files -> files.stat(host(), at.path()))
        : use(ContainerFiles.class, files -> files.stat(container, at.path()));
  }

  private void get(Place from, String as, PipedOutputStream out) throws Exception {
    String container = from.container();
    if (container == null) {
      tell(RootFiles.class, files -> files.get(host(), from.path(), as, stat -> out));
    } else {
      tell(ContainerFiles.class, files -> files.get(container, from.path(), as, stat -> out));
    }
  }

  private void put(@Nullable String container, String directory, InputStream tar) throws Exception {
    if (container == null) {
      tell(RootFiles.class, files -> files.put(host(), directory, tar, true));
    } else {
      tell(ContainerFiles.class, files -> files.put(container, directory, tar, true));
    }
  }
}
