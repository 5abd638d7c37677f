package dev.felucca.shell;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ImageRegistries;
import dev.felucca.kernel.transport.Credentials;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands that keep and forget who the person is to a registry, where docker keeps it, too. */
final class LoginCommands {
  private LoginCommands() {}

  /** {@code login [-u NAME] [-p PASSWORD | --password-stdin] [REGISTRY]}. */
  @Command(description = "check credentials with a registry and keep them with the docker client's")
  static final class Login extends ShellCommand {
    @Option(
        names = {"-u", "--username"},
        paramLabel = "NAME",
        description = "who; asked for where it is missing")
    private @Nullable String name;

    @Option(
        names = {"-p", "--password"},
        paramLabel = "PASSWORD",
        description = "asked for where it is missing; others of the host can see it here")
    private @Nullable String password;

    @Option(
        names = "--password-stdin",
        description = "take it from the standard input of ./felucca shell")
    private boolean stdin;

    @Parameters(arity = "0..1", paramLabel = "REGISTRY")
    private String registry = "";

    Login(Context context) {
      super(context);
    }

    @Override
    int run() throws Exception {
      Credentials who = given();
      // Nothing is an answer here, too: most registries give no token to keep.
      Optional<String> token =
          use(
              ImageRegistries.class,
              registries -> Optional.ofNullable(registries.login(registry, who)));
      String identity = token.orElse(null);
      console()
          .logins()
          .keep(
              registry,
              identity == null ? who : new Credentials(who.username(), null, identity, null));
      console().print("Login Succeeded");
      return 0;
    }

    private Credentials given() throws IOException {
      String user = name;
      String secret = stdin ? console().near().input() : password;
      if (user == null && secret == null) {
        Credentials kept = console().logins().of(registry);
        if (kept != null) {
          return kept;
        }
      }
      user =
          user == null && console().terminal() != null
              ? Prompt.line(console(), "Username: ", true)
              : user;
      secret =
          secret == null && console().terminal() != null
              ? Prompt.line(console(), "Password: ", false)
              : secret;
      if (user == null || secret == null || user.isEmpty() || secret.isEmpty()) {
        throw new EngineException(
            INVALID, "a user name and a password are needed: -u and --password-stdin");
      }
      return new Credentials(user, secret, null, null);
    }
  }

  /** {@code logout [REGISTRY]}. */
  @Command(description = "forget the credentials for a registry")
  static final class Logout extends ShellCommand {
    @Parameters(arity = "0..1", paramLabel = "REGISTRY")
    private String registry = "";

    Logout(Context context) {
      super(context);
    }

    @Override
    int run() throws Exception {
      boolean there = console().logins().forget(registry);
      console()
          .print(
              (there ? "Removing login credentials for " : "Not logged in to ")
                  + Logins.key(registry));
      return 0;
    }
  }
}
