package dev.felucca.console;

import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import org.apache.felix.gogo.jline.Builtin;
import org.apache.felix.gogo.jline.Converters;
import org.apache.felix.gogo.jline.Posix;
import org.apache.felix.gogo.jline.Procedural;
import org.apache.felix.gogo.jline.Shell;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.Converter;
import org.apache.felix.service.command.Function;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;

/**
 * The general commands (grep, each, if, less, …) of Felix's JLine shell. Registered here because
 * that bundle's own activator also opens a shell on the engine's standard input, which is not ours
 * to read.
 */
final class Commands implements AutoCloseable {
  private static final String[] BUILTIN = {
    "format",
    "getopt",
    "new",
    "set",
    "tac",
    "type",
    "jobs",
    "fg",
    "bg",
    "keymap",
    "setopt",
    "unsetopt",
    "complete",
    "history",
    "widget",
    "__files",
    "__directories",
    "__usage_completion"
  };
  private static final String[] POSIX = {
    "cat", "echo", "grep", "sort", "sleep", "cd", "pwd", "ls", "less", "watch", "nano", "tmux",
    "head", "tail", "clear", "wc", "date", "ttop"
  };
  private static final String[] PROCEDURAL = {
    "each", "if", "not", "throw", "try", "until", "while", "break", "continue"
  };
  private static final String[] SHELL = {"gosh", "sh", "source", "help"};

  private final List<ServiceRegistration<?>> registered = new ArrayList<>();
  private final BundleContext context;

  Commands(BundleContext context, CommandProcessor processor, Shell shell) {
    this.context = context;
    BundleContext system = context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).getBundleContext();
    registered.add(context.registerService(Converter.class, new Converters(system), null));
    register(new Builtin(), BUILTIN);
    register(new Posix(processor), POSIX);
    register(new Procedural(), PROCEDURAL);
    register(shell, SHELL);
    Dictionary<String, Object> exit = new Hashtable<>();
    exit.put(CommandProcessor.COMMAND_SCOPE, "gogo");
    exit.put(CommandProcessor.COMMAND_FUNCTION, "exit");
    registered.add(context.registerService(Function.class, new Exit(), exit));
  }

  private void register(Object commands, String[] functions) {
    Dictionary<String, Object> properties = new Hashtable<>();
    properties.put(CommandProcessor.COMMAND_SCOPE, "gogo");
    properties.put(CommandProcessor.COMMAND_FUNCTION, functions);
    registered.add(context.registerService(commands.getClass().getName(), commands, properties));
  }

  @Override
  public void close() {
    registered.forEach(ServiceRegistration::unregister);
  }
}
