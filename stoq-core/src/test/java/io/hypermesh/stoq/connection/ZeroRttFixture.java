package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.handshake.ClientSession;
import io.hypermesh.stoq.handshake.EarlyDataRegister;
import io.hypermesh.stoq.handshake.NamedGroup;
import io.hypermesh.stoq.handshake.ResumptionSettings;
import io.hypermesh.stoq.handshake.SessionTickets;
import io.hypermesh.stoq.handshake.TestTlsSettings;
import io.hypermesh.stoq.simulation.LinkConditions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Pairs of peers that resume each other's sessions. */
final class ZeroRttFixture {
  private static final Duration DAY = Duration.ofDays(1);
  private static final ResumptionSettings CLIENT =
      new ResumptionSettings(null, 0, DAY, null, true, InstantSource.system());

  private final SessionTickets tickets = SessionTickets.withFreshSecret(DAY, new SecureRandom());
  EarlyDataRegister register = new EarlyDataRegister(1, 1_000, Duration.ofMinutes(1));

  /** The secrets of clients that resume. */
  final List<String> keyLog = new ArrayList<>();

  /** What else a client that resumes is to be like. */
  Consumer<ConnectionSettings.Builder> clientSettings = settings -> {};

  List<NamedGroup> groups = List.of(NamedGroup.values());

  /** A session of a first connection. */
  ClientSession session(Consumer<ConnectionSettings.Builder> serverChange) {
    SimulatedPair pair = pair(1, LinkConditions.PERFECT, settings -> {}, serverChange);
    pair.client.connect(
        SimulatedPair.SERVER_ADDRESS, TestTlsSettings.client(1, CLIENT), pair.network.nowNanos());
    if (!pair.runUntil(() -> pair.client.count(ConnectionEvent.SessionKept.class) > 0, 10)) {
      throw new AssertionError("no session");
    }
    for (ConnectionEvent event : pair.client.events) {
      if (event instanceof ConnectionEvent.SessionKept kept) {
        return kept.session();
      }
    }
    throw new AssertionError("no session");
  }

  ClientSession session() {
    return session(settings -> {});
  }

  private SimulatedPair pair(
      long seed,
      LinkConditions conditions,
      Consumer<ConnectionSettings.Builder> clientChange,
      Consumer<ConnectionSettings.Builder> serverChange) {
    SimulatedPair pair = new SimulatedPair(seed, conditions, clientChange, serverChange);
    pair.server.serverTls =
        TestTlsSettings.server(
            seed + 1,
            new ResumptionSettings(tickets, 2, DAY, register, false, InstantSource.system()),
            groups);
    return pair;
  }

  /** A pair whose client has begun to send early data. */
  SimulatedPair resume(
      long seed,
      ClientSession session,
      LinkConditions conditions,
      Consumer<ConnectionSettings.Builder> serverChange) {
    SimulatedPair pair =
        pair(
            seed,
            conditions,
            settings -> clientSettings.accept(settings.handshakeTimeoutNanos(60_000_000_000L)),
            serverChange);
    pair.client.connect(
        SimulatedPair.SERVER_ADDRESS,
        TestTlsSettings.client(seed, CLIENT, keyLog::add),
        session,
        true,
        pair.network.nowNanos());
    if (!pair.runUntil(() -> pair.client.count(ConnectionEvent.EarlyDataBegun.class) > 0, 10)) {
      throw new AssertionError("no early data");
    }
    return pair;
  }
}
