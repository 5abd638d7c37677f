package dev.felucca.engine.container;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.network.LinkDriver;
import dev.felucca.kernel.network.LinkEffect;
import dev.felucca.kernel.network.LinkRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LinksTest extends OnTestEngine {
  /** Says where the target is, by its alias. */
  private static final class Pointer implements LinkDriver {
    @Override
    public String name() {
      return "legacy";
    }

    @Override
    public LinkEffect link(LinkRequest request) {
      return new LinkEffect(
          List.of(request.alias() + "=" + request.targetAddress()),
          List.of(request.alias(), request.target()),
          List.of());
    }
  }

  private final Pointer driver = new Pointer();
  private Links links;

  @BeforeEach
  void begin() throws IOException {
    engine.drivers.bindLink(driver);
    links = new Links(engine.core);
  }

  private Container web() throws IOException {
    engine.run("db");
    return engine.core.index.get(engine.run("web", host -> host.links = List.of("db:store")));
  }

  private String address(String name) {
    return engine.inspect(engine.core.index.resolve(name).id).networks().get("bridge").ipAddress();
  }

  private static String refusal(TestEngine engine, ContainerId id) {
    return String.valueOf(
        assertThrows(EngineException.class, () -> engine.manager.start(id.hex())).getMessage());
  }

  @Test
  void aLinkIsATargetAndWhatItIsCalled() {
    assertArrayEquals(new String[] {"db", "store"}, Links.split("db:store"));
    assertArrayEquals(new String[] {"db", "db"}, Links.split("db"));
    assertArrayEquals(new String[] {"db", "store"}, Links.split("/db:/web/store"));
    for (String bad : List.of("", ":", "db:", ":store", "a:b:c")) {
      assertThrows(EngineException.class, () -> Links.split(bad), bad);
    }
  }

  @Test
  void itsVariablesAndHostNamesSayWhereTheTargetIs() throws IOException {
    Container web = web();
    assertEquals(
        List.of("store=" + address("db")),
        links.environmentNow(web, Objects.requireNonNull(web.run())));
    assertTrue(
        Files.readString(Path.of(web.details().hostsPath()))
            .contains(address("db") + "\tstore db\n"));
    assertEquals(List.of("/db:/web/store"), links.shown(web));
  }

  @Test
  void aTargetThatDoesNotRunIsNamed() throws IOException {
    Container web = web();
    engine.manager.kill("web", "KILL");
    engine.manager.kill("db", "KILL");
    engine.awaitStatus(web.id, Status.EXITED);
    assertTrue(refusal(engine, web.id).contains("non running container: /db AS /web/store"));
  }

  @Test
  void whileTheDriverIsAwayWhatItGaveStaysAndNothingNewIsGiven() throws IOException {
    Container web = web();
    String before = address("db");
    engine.drivers.unbindLink(driver);
    assertEquals(
        List.of("store=" + before), links.environmentNow(web, Objects.requireNonNull(web.run())));
    EngineException refused =
        assertThrows(
            EngineException.class,
            () -> engine.create("other", config -> {}, host -> host.links = List.of("db:x")));
    assertTrue(
        String.valueOf(refused.getMessage()).contains("link driver legacy is not available"));
  }

  @Test
  void aTargetThatMovedMeanwhileIsFoundWhenTheDriverIsBack() throws IOException {
    Container web = web();
    String before = address("db");
    engine.drivers.unbindLink(driver);
    ContainerId db = engine.core.index.resolve("db").id;
    engine.manager.kill("db", "KILL");
    engine.awaitStatus(db, Status.EXITED);
    engine.run("squatter");
    engine.manager.start("db");
    String now = address("db");
    assertTrue(!now.equals(before), now);
    engine.drivers.bindLink(new Pointer());
    TestEngine.await(
        "hosts follows",
        () -> Files.readString(Path.of(web.details().hostsPath())).contains(now + "\tstore"));
  }

  @Test
  void aLinkThatIsTakenAwayIsGone() throws IOException {
    Container web = web();
    assertThrows(EngineException.class, () -> links.unlink("web/other"));
    links.unlink("/web/store");
    assertEquals(List.of(), links.shown(web));
    assertTrue(!Files.readString(Path.of(web.details().hostsPath())).contains("store"));
  }
}
