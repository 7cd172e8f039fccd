package io.hypermesh.stoq.conformance;

import java.util.ArrayList;
import java.util.List;

/** All the rules, in the order in which they are told. */
final class Rules {
  private Rules() {}

  /** Those of version negotiation, which say themselves which versions are spoken. */
  static List<Rule> negotiation() {
    List<Rule> rules = new ArrayList<>(ParameterRules.versionInformation());
    rules.addAll(ParameterRules.versionNegotiation());
    return rules;
  }

  static List<Rule> all() {
    List<Rule> rules = new ArrayList<>();
    rules.addAll(StreamRules.credit());
    rules.addAll(StreamRules.limits());
    rules.addAll(StreamRules.states());
    rules.addAll(FrameRules.formats());
    rules.addAll(FrameRules.levels());
    rules.addAll(FrameRules.connectionIds());
    rules.addAll(FrameRules.datagrams());
    rules.addAll(FrameRules.ackFrequency());
    rules.addAll(PacketRules.headers());
    rules.addAll(PacketRules.keys());
    rules.addAll(PacketRules.handshakeBytes());
    rules.addAll(ParameterRules.values());
    rules.addAll(ParameterRules.senders());
    rules.addAll(ParameterRules.connectionIds());
    rules.addAll(ParameterRules.afterRetry());
    rules.addAll(negotiation());
    rules.addAll(EarlyDataRules.packets());
    rules.addAll(EarlyDataRules.promises());
    rules.addAll(TlsRules.quic());
    rules.addAll(TlsRules.hellos());
    rules.addAll(TlsRules.authentication());
    return rules;
  }
}
