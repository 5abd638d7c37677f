package dev.felucca.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.inject.Inject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

/**
 * The bundles that the distribution ships start together, and every component of ours gets what it
 * refers to.
 */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class ShippedBundlesIT {
  @Inject BundleContext context;
  @Inject ServiceComponentRuntime components;

  @Configuration
  public Option[] distribution() throws IOException {
    return Distribution.options();
  }

  @Test
  public void everyBundleIsActive() {
    Set<String> waiting = new TreeSet<>();
    int ours = 0;
    for (Bundle bundle : context.getBundles()) {
      boolean fragment =
          (bundle.adapt(BundleRevision.class).getTypes() & BundleRevision.TYPE_FRAGMENT) != 0;
      boolean library = bundle.getSymbolicName().equals("org.apache.felix.gogo.jline");
      int wanted = fragment || library ? Bundle.RESOLVED : Bundle.ACTIVE;
      if (bundle.getState() != wanted) {
        waiting.add(bundle.getSymbolicName() + " is in state " + bundle.getState());
      }
      ours += bundle.getSymbolicName().startsWith("dev.felucca.") ? 1 : 0;
    }
    assertEquals(Set.of(), waiting);
    assertTrue("only " + ours + " bundles of ours", ours >= 8);
  }

  @Test
  public void everyComponentOfOursIsSatisfied() {
    List<String> wanting = new ArrayList<>();
    int seen = 0;
    for (ComponentDescriptionDTO component : components.getComponentDescriptionDTOs()) {
      if (!component.bundle.symbolicName.startsWith("dev.felucca.")
          || component.configurationPolicy.equals("require")) {
        continue;
      }
      seen++;
      for (ComponentConfigurationDTO configuration :
          components.getComponentConfigurationDTOs(component)) {
        if (configuration.state == ComponentConfigurationDTO.UNSATISFIED_REFERENCE
            || configuration.state == ComponentConfigurationDTO.UNSATISFIED_CONFIGURATION
            || configuration.state == ComponentConfigurationDTO.FAILED_ACTIVATION) {
          wanting.add(component.name + ": " + why(configuration));
        }
      }
    }
    assertTrue("only " + seen + " components of ours", seen >= 8);
    assertEquals(List.of(), wanting);
  }

  private static String why(ComponentConfigurationDTO configuration) {
    List<String> missing = new ArrayList<>();
    for (var reference : configuration.unsatisfiedReferences) {
      missing.add(reference.name + " " + reference.target);
    }
    return configuration.failure == null ? "no " + missing : configuration.failure;
  }
}
