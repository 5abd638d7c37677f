package dev.felucca.kernel.image;

import dev.felucca.kernel.Platform;
import dev.felucca.kernel.transport.Credentials;
import dev.felucca.kernel.transport.SearchResult;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is done with registries beside pulling one image. Refusals are those of the registry:
 * NOT_FOUND, UNAUTHORIZED, FORBIDDEN, UNREACHABLE. Interrupting the calling thread cancels.
 */
public interface ImageRegistries {
  /**
   * Pulls every tag of the request's repository; those before one that fails stay.
   *
   * @param request its reference has neither tag nor digest
   */
  List<ImageDetails> pullAllTags(PullRequest request, ProgressListener progress) throws IOException;

  /**
   * Uploads an image under its name, or all names of a repository when the reference has no tag.
   * Layers that came from a registry go back bit for bit, and so do manifests; what was made here
   * is packed first. NOT_FOUND when no image has the name.
   *
   * @param progress hears of layers in Docker's words, and of each tag's digest in the end
   * @return what each tag is now called by, in the order of their names
   */
  List<Pushed> push(
      ImageReference reference, @Nullable Credentials credentials, ProgressListener progress)
      throws IOException;

  /** A tag as the registry has it now. */
  record Pushed(String tag, Descriptor manifest) {}

  /** What a registry has under a reference: its descriptor and the platforms behind it. */
  Distribution distribution(ImageReference reference, @Nullable Credentials credentials)
      throws IOException;

  /** The answer of {@link #distribution}. */
  record Distribution(Descriptor descriptor, List<Platform> platforms) {}

  /**
   * Searches a registry: by its search endpoint, or by its catalog where it has none.
   *
   * @param term may begin with a registry: {@code 127.0.0.1:5000/app}
   * @param limit 1 to 100 results, 0 for 25; others are INVALID
   * @param filters {@code stars}, {@code is-official}, {@code is-automated}; others are INVALID
   */
  List<SearchResult> search(
      String term, int limit, Map<String, List<String>> filters, @Nullable Credentials credentials)
      throws IOException;

  /**
   * Checks credentials with a registry; UNAUTHORIZED when it does not accept them. Empty ones do
   * where it asks for none.
   *
   * @param server as clients name one: a host, or an address such as {@code
   *     https://index.docker.io/v1/}; empty is Docker's own
   * @return an identity token to keep in place of the password, where the registry gave one
   */
  @Nullable String login(String server, Credentials credentials) throws IOException;
}
