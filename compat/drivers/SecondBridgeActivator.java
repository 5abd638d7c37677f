package dev.felucca.net.bridge;

import dev.felucca.kernel.network.NetworkDriver;
import dev.felucca.linux.Syscalls;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Hashtable;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/**
 * A second network driver that is dropped into a running engine: {@code second}, with bridges and a
 * table of its own, made of the classes of the first.
 */
public final class SecondBridgeActivator implements BundleActivator {
  private BridgeNetworkDriver driver;

  @Override
  public void start(BundleContext context) {
    Syscalls linux = context.getService(context.getServiceReference(Syscalls.class));
    Owner owner = Owner.of(context.getProperty("felucca.data-root") + "/second");
    driver = new BridgeNetworkDriver(linux, owner, "second0", true);
    Object named =
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {NetworkDriver.class},
            (self, method, words) -> {
              if (method.getName().equals("name")) {
                return "second";
              }
              if (method.getName().equals("equals")) {
                return self == words[0];
              }
              try {
                return method.invoke(driver, words);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
    context.registerService(NetworkDriver.class, (NetworkDriver) named, new Hashtable<>());
  }

  @Override
  public void stop(BundleContext context) {
    driver.close();
  }
}
