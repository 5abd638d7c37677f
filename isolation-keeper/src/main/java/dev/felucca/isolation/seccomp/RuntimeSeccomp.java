package dev.felucca.isolation.seccomp;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A profile in the words of the OCI runtime specification, which knows no conditions: those are
 * decided here.
 */
public final class RuntimeSeccomp {
  private RuntimeSeccomp() {}

  /** {@code linux.seccomp} of a runtime's configuration. */
  public static ObjectNode of(String json, SeccompTarget target) {
    SeccompProfile profile = SeccompProfileReader.read(json);
    SeccompFilters.refuseNotify(profile);
    ProfileResolver resolver = new ProfileResolver(profile, target);
    // Refuses what the compiler would refuse.
    resolver.resolve();
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("defaultAction", profile.defaultAction().profileName());
    if (profile.defaultErrno() != null && profile.defaultAction().carriesData()) {
      out.put("defaultErrnoRet", profile.defaultErrno());
    }
    ArrayNode architectures = out.putArray("architectures");
    resolver.architectures().forEach(arch -> architectures.add(arch.profileName()));
    if (!profile.flags().isEmpty()) {
      ArrayNode flags = out.putArray("flags");
      profile.flags().forEach(flag -> flags.add(flag.name()));
    }
    ArrayNode rules = out.putArray("syscalls");
    for (SeccompProfile.Rule rule : resolver.rules()) {
      rules.add(rule(rule));
    }
    return out;
  }

  private static ObjectNode rule(SeccompProfile.Rule rule) {
    ObjectNode one = JsonNodeFactory.instance.objectNode();
    ArrayNode names = one.putArray("names");
    rule.names().forEach(names::add);
    one.put("action", rule.action().profileName());
    if (rule.errno() != null && rule.action().carriesData()) {
      one.put("errnoRet", rule.errno());
    }
    if (!rule.args().isEmpty()) {
      ArrayNode args = one.putArray("args");
      for (ArgTest test : rule.args()) {
        args.addObject()
            .put("index", test.index())
            .put("value", test.value())
            .put("valueTwo", test.valueTwo())
            .put("op", test.operator().profileName());
      }
    }
    return one;
  }
}
