package io.hypermesh.adapter;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/** The capabilities of an adapter that sees hardware and does not enforce leases on it. */
public final class ObservingCapabilities {
  private ObservingCapabilities() {}

  /**
   * Discovery and health by one mechanism, and nothing else.
   *
   * @param mechanism what the adapter reads
   * @return an answer for every action
   */
  public static Map<AdapterAction, Capability> by(String mechanism) {
    Map<AdapterAction, Capability> capabilities = new EnumMap<>(AdapterAction.class);
    for (AdapterAction action : AdapterAction.values()) {
      capabilities.put(
          action,
          action == AdapterAction.DISCOVER || action == AdapterAction.HEALTH
              ? new Capability.Supported(mechanism)
              : new Capability.Unsupported(
                  "this adapter observes hardware and does not enforce leases on it"));
    }
    return Collections.unmodifiableMap(capabilities);
  }
}
