package dev.felucca.linux.cgroup;

import java.util.ArrayList;
import java.util.List;

/**
 * What a list of rules comes to: open or closed, with exceptions. v1's kernel keeps the same form,
 * so folding here makes v2's program answer as v1 does.
 *
 * @param exceptions rules for distinct devices, all against {@code open}
 */
record DevicePolicy(boolean open, List<DeviceRule> exceptions) {
  DevicePolicy {
    exceptions = List.copyOf(exceptions);
  }

  /** A new group on v2 has no program: all open. */
  static DevicePolicy of(List<DeviceRule> rules) {
    boolean open = true;
    List<DeviceRule> exceptions = new ArrayList<>();
    for (DeviceRule rule : rules) {
      if (rule.everything() || (rule.type() == DeviceRule.Type.EVERY)) {
        // The kernel takes every rule of type "a" as one about everything.
        open = rule.allow();
        exceptions.clear();
      } else if (rule.allow() == open) {
        subtract(exceptions, rule);
      } else {
        add(exceptions, rule);
      }
    }
    return new DevicePolicy(open, exceptions);
  }

  private static void add(List<DeviceRule> exceptions, DeviceRule rule) {
    for (int i = 0; i < exceptions.size(); i++) {
      DeviceRule known = exceptions.get(i);
      if (!known.sameDevices(rule)) continue;
      exceptions.set(i, known.withAccess(known.access() | rule.access()));
      return;
    }
    exceptions.add(rule);
  }

  private static void subtract(List<DeviceRule> exceptions, DeviceRule rule) {
    for (int i = exceptions.size() - 1; i >= 0; i--) {
      DeviceRule known = exceptions.get(i);
      if (!known.sameDevices(rule)) continue;
      int left = known.access() & ~rule.access();
      if (left == 0) exceptions.remove(i);
      else exceptions.set(i, known.withAccess(left));
    }
  }
}
