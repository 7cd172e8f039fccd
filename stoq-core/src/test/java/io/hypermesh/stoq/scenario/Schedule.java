package io.hypermesh.stoq.scenario;

import io.hypermesh.stoq.connection.ConnectionSettings;
import io.hypermesh.stoq.connection.PathSettings;
import io.hypermesh.stoq.handshake.NamedGroup;
import io.hypermesh.stoq.handshake.TlsSettings;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.simulation.Bottleneck;
import io.hypermesh.stoq.simulation.Corruption;
import io.hypermesh.stoq.simulation.EcnTreatment;
import io.hypermesh.stoq.simulation.LinkConditions;
import io.hypermesh.stoq.simulation.LinkSchedule;
import io.hypermesh.stoq.simulation.LossModel;
import io.hypermesh.stoq.simulation.Nat;
import io.hypermesh.stoq.stream.ChunkPool;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * Everything that is to happen in one run, drawn from one seed: how the network is and becomes, how
 * both sides are set up, and what their applications do and when.
 *
 * <p>First comes a time of trouble, with bad links, black holes and rebinding; then the network
 * heals (mostly), and everything that was begun has to come to its end; then all is closed, or left
 * alone until timeouts end it.
 */
final class Schedule {
  static final long MILLI = 1_000_000L;
  static final long SECOND = 1_000_000_000L;

  /** What the application does at a time. */
  enum What {
    OPEN_BIDIRECTIONAL,
    OPEN_UNIDIRECTIONAL,
    UPDATE_KEYS,
    MIGRATE,
    CLOSE
  }

  /** How the run ends. */
  enum Ending {
    CLIENTS_CLOSE,
    SERVER_CLOSES,
    BOTH_CLOSE,
    IDLENESS,
    SERVER_FORGETS
  }

  /**
   * @param client the client's number
   * @param byServer whether the server's side of its connection acts
   */
  record Action(long atNanos, int client, boolean byServer, What what, FlowPlan plan) {}

  /** One side's limits. */
  record Side(
      long idleNanos,
      long keepAliveNanos,
      boolean pacing,
      long connectionWindowBytes,
      long streamWindowBytes,
      long sendBufferBytes,
      int bidirectionalStreamsMax,
      int unidirectionalStreamsMax,
      int activeConnectionIdLimit,
      int maxAckDelayMillis,
      int cryptoBufferBytesMax,
      int undecryptablePacketsMax,
      int reassemblyRangesMax,
      long keyUpdatePackets,
      int chunkBytes,
      int chunksMax,
      long taskNanosMax,
      List<QuicVersion> versions,
      boolean ecn,
      int datagramSendBytes) {

    ConnectionSettings settings() {
      return ConnectionSettings.builder(new ChunkPool(chunkBytes, chunksMax))
          .idleTimeoutNanos(idleNanos)
          .keepAliveNanos(keepAliveNanos)
          .pacing(pacing)
          .connectionWindowBytes(connectionWindowBytes)
          .streamWindowBytes(streamWindowBytes)
          .sendBufferBytes(sendBufferBytes)
          .bidirectionalStreamsMax(bidirectionalStreamsMax)
          .unidirectionalStreamsMax(unidirectionalStreamsMax)
          .activeConnectionIdLimit(activeConnectionIdLimit)
          .maxAckDelayMillis(maxAckDelayMillis)
          .cryptoBufferBytesMax(cryptoBufferBytesMax)
          .undecryptablePacketsMax(undecryptablePacketsMax)
          .reassemblyRangesMax(reassemblyRangesMax)
          .keyUpdatePackets(keyUpdatePackets)
          .versions(versions)
          .paths(PathSettings.DEFAULTS.withEcn(ecn))
          .datagramSendBytes(datagramSendBytes)
          .build();
    }
  }

  final long seed;
  private final SplittableRandom random;

  int clients = 1;
  Side clientSide;
  Side serverSide;
  boolean retry;
  List<CipherSuite> suites = List.of(CipherSuite.values());
  List<NamedGroup> groups = List.of(NamedGroup.X25519);
  LinkSchedule toServer;
  LinkSchedule toClient;
  final List<String> links = new ArrayList<>();
  Nat.Rebinding rebinding;
  final List<Long> rebindings = new ArrayList<>();
  long healNanos;
  LinkConditions healed;
  boolean heals = true;

  /** Whether nothing is so bad that a connection may be given up for it. */
  boolean mild = true;

  /** Whether a client moves to another of its addresses by itself. */
  boolean migrates;

  final List<Action> actions = new ArrayList<>();
  Ending ending;
  long pauseNanos;

  private Schedule(long seed) {
    this.seed = seed;
    this.random = new SplittableRandom(seed);
  }

  /** The schedule of a seed: the same for ever. */
  static Schedule of(long seed) {
    Schedule schedule = new Schedule(seed);
    schedule.drawSides();
    schedule.drawNetwork();
    schedule.drawActions();
    return schedule;
  }

  /** A schedule of one client and nothing bad, to be changed. */
  static Schedule plain(long seed) {
    Schedule schedule = new Schedule(seed);
    schedule.clientSide = schedule.side(false);
    schedule.serverSide = schedule.side(false);
    schedule.healNanos = SECOND;
    schedule.healed = LinkConditions.PERFECT;
    schedule.toServer = LinkSchedule.always(LinkConditions.PERFECT);
    schedule.toClient = schedule.toServer;
    schedule.ending = Ending.CLIENTS_CLOSE;
    return schedule;
  }

  // ---- Drawing ----

  private boolean chance(double rate) {
    return random.nextDouble() < rate;
  }

  private <T> T oneOf(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  /** Small numbers as likely as large ones. */
  private long scaled(long min, long max) {
    double low = Math.log((double) min);
    return Math.round(Math.exp(low + random.nextDouble() * (Math.log((double) max) - low)));
  }

  private void drawSides() {
    boolean tight = chance(0.5);
    clientSide = side(tight);
    serverSide = side(tight && chance(0.7));
    clients = chance(0.75) ? 1 : 2 + random.nextInt(2);
    retry = chance(0.25);
    List<CipherSuite> shuffled = new ArrayList<>(List.of(CipherSuite.values()));
    if (chance(0.4)) {
      Collections.shuffle(shuffled, new Random(random.nextLong()));
    }
    suites = List.copyOf(shuffled);
    if (chance(0.1)) {
      groups =
          chance(0.5)
              ? List.of(NamedGroup.SECP256R1, NamedGroup.X25519)
              : List.of(NamedGroup.X25519MLKEM768, NamedGroup.X25519);
    }
  }

  private Side side(boolean tight) {
    long idle = chance(0.3) ? scaled(2 * SECOND, 30 * SECOND) : 30 * SECOND;
    return new Side(
        idle,
        chance(0.3) ? idle / 3 : 0,
        chance(0.7),
        tight ? scaled(1_000, 200_000) : 1 << 20,
        tight ? scaled(500, 100_000) : 1 << 18,
        tight ? scaled(500, 100_000) : 1 << 18,
        tight ? 1 + random.nextInt(8) : 100,
        tight ? 1 + random.nextInt(8) : 100,
        2 + random.nextInt(7),
        chance(0.5) ? 25 : random.nextInt(60),
        tight ? 4_096 : 65_536,
        tight ? random.nextInt(33) : 32,
        tight ? 4 + random.nextInt(60) : 1_024,
        chance(0.2) ? scaled(5, 500) : 1L << 22,
        chance(0.5) ? 1_024 : 4_096,
        tight ? 8 + random.nextInt(100) : 4_096,
        chance(0.5) ? 0 : scaled(MILLI / 10, 50 * MILLI),
        versions(),
        chance(0.6),
        chance(0.5) ? 1_200 + random.nextInt(300) : 1_452);
  }

  /** Both, in any order: what the sides agree on differs. */
  private List<QuicVersion> versions() {
    return chance(0.7)
        ? List.of(QuicVersion.V1, QuicVersion.V2)
        : List.of(QuicVersion.V2, QuicVersion.V1);
  }

  private void drawNetwork() {
    healNanos = scaled(200 * MILLI, 4 * SECOND);
    toServer = link("to server");
    toClient = link("to client");
    if (chance(0.25)) {
      rebinding = chance(0.5) ? Nat.Rebinding.PORT : Nat.Rebinding.ADDRESS;
      for (int i = 1 + random.nextInt(4); i > 0; i--) {
        rebindings.add(random.nextLong(healNanos));
      }
      mild = false;
    }
    healed = LinkConditions.PERFECT.withDelay(scaled(MILLI / 10, 50 * MILLI), 0);
    heals = chance(0.88);
    mild &= heals;
  }

  private LinkSchedule link(String name) {
    LinkConditions first = conditions();
    links.add(name + " " + first);
    LinkSchedule schedule = LinkSchedule.always(first);
    for (int i = chance(0.3) ? 1 + random.nextInt(3) : 0; i > 0; i--) {
      LinkConditions later = conditions();
      long at = random.nextLong(healNanos);
      links.add(name + " from " + at + " " + later);
      schedule = schedule.then(at, later);
    }
    for (int i = chance(0.2) ? 1 + random.nextInt(2) : 0; i > 0; i--) {
      long from = random.nextLong(healNanos);
      long to = from + scaled(20 * MILLI, 3 * SECOND);
      links.add(name + " black hole from " + from + " to " + to);
      schedule = schedule.blackhole(from, to);
      mild = false;
    }
    return schedule;
  }

  private LinkConditions conditions() {
    long delay = scaled(MILLI / 10, 150 * MILLI);
    LinkConditions conditions =
        LinkConditions.PERFECT.withDelay(delay, chance(0.4) ? random.nextLong(delay) : 0);
    conditions = conditions.withLoss(loss());
    if (chance(0.3)) {
      conditions = conditions.withDuplication(random.nextDouble() * 0.2);
    }
    if (chance(0.3)) {
      conditions = conditions.withReordering(random.nextDouble() * 0.3);
    }
    if (chance(0.2)) {
      double rate = random.nextDouble() * 0.1;
      mild &= rate < 0.03;
      conditions =
          conditions.withCorruption(
              new Corruption(rate, 1 + random.nextInt(4), chance(0.5) ? 30 : 1_200));
    }
    if (chance(0.4)) {
      long queue = scaled(4_500, 100_000);
      mild &= queue >= 20_000;
      Bottleneck bottleneck = new Bottleneck(scaled(50_000, 10_000_000), queue, Long.MAX_VALUE);
      conditions =
          conditions.withBottleneck(chance(0.3) ? bottleneck.withMarking(queue / 2) : bottleneck);
    }
    if (chance(0.2)) {
      conditions = conditions.withMtu(1_280 + random.nextInt(221));
    }
    if (chance(0.2)) {
      conditions = conditions.withEcn(oneOf(List.of(EcnTreatment.values())));
    }
    return conditions;
  }

  private LossModel loss() {
    double kind = random.nextDouble();
    if (kind < 0.5) {
      return LossModel.NONE;
    }
    if (kind < 0.8) {
      double rate = random.nextDouble() * 0.1;
      int burst = 1 + random.nextInt(4);
      mild &= rate * burst < 0.05;
      return new LossModel.Bursts(rate, burst);
    }
    mild = false;
    if (kind < 0.9) {
      return new LossModel.Independent(random.nextDouble() * 0.5, 1 + random.nextInt(4));
    }
    return new LossModel.Gilbert(
        random.nextDouble() * 0.1,
        0.05 + random.nextDouble() * 0.5,
        random.nextDouble() * 0.02,
        random.nextDouble());
  }

  private void drawActions() {
    for (int client = 0; client < clients; client++) {
      int streams = chance(0.05) ? 20 + random.nextInt(100) : random.nextInt(9);
      boolean small = streams > 20;
      for (int i = 0; i < streams; i++) {
        What what = chance(0.6) ? What.OPEN_BIDIRECTIONAL : What.OPEN_UNIDIRECTIONAL;
        addAction(client, chance(0.35), what, plan(random, small));
      }
      for (int i = chance(0.3) ? 1 + random.nextInt(4) : 0; i > 0; i--) {
        addAction(client, chance(0.5), What.UPDATE_KEYS, null);
      }
      if (chance(0.15)) {
        // To an address without a NAT before it, and on links like the other's.
        addAction(client, false, What.MIGRATE, null);
        migrates = true;
      }
      if (chance(0.06)) {
        addAction(client, chance(0.5), What.CLOSE, null);
      }
    }
    ending = oneOf(List.of(Ending.values()));
    pauseNanos = chance(0.3) ? scaled(100 * MILLI, 100 * SECOND) : 0;
  }

  private void addAction(int client, boolean byServer, What what, FlowPlan plan) {
    // Early ones are more likely: the handshake is where most can go wrong.
    long at = chance(0.3) ? 0 : random.nextLong(healNanos);
    actions.add(new Action(at, client, byServer, what, plan));
  }

  /** What one side does with a stream that it opens. */
  private static FlowPlan plan(SplittableRandom random, boolean small) {
    double kind = random.nextDouble();
    long bytes =
        small || kind < 0.3
            ? random.nextInt(100)
            : kind < 0.8 ? random.nextInt(10_000) : random.nextInt(50_000);
    long resetAt = random.nextDouble() < 0.1 ? random.nextLong(bytes + 1) : -1;
    long stopAt = random.nextDouble() < 0.1 ? random.nextLong(10_000) : -1;
    int perTick = random.nextDouble() < 0.15 ? 1_000 + random.nextInt(4_000) : 0;
    return new FlowPlan(bytes, false, resetAt, stopAt, perTick);
  }

  // ---- What follows from it ----

  /** What a side does with a stream that the other one opened. */
  FlowPlan planForPeerStream(boolean server, long streamId) {
    SplittableRandom own =
        new SplittableRandom(seed * 31 + streamId * 0x9e3779b97f4a7c15L + (server ? 1 : 2));
    FlowPlan plan = plan(own, false);
    return new FlowPlan(
        Math.min(plan.writeBytes(), 10_000),
        own.nextDouble() < 0.3,
        plan.resetAtBytes(),
        plan.stopAtBytes(),
        plan.readPerTickBytes());
  }

  TlsSettings.Builder tls(TlsSettings.Builder builder) {
    return builder.cipherSuites(suites).groups(groups);
  }

  /** Whether a connection that nobody closes may end all the same before the last phase. */
  boolean mayFail() {
    return !mild;
  }

  /** The longest idle timeout of both sides. */
  long idleNanosMax() {
    return Math.max(clientSide.idleNanos(), serverSide.idleNanos());
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("schedule " + seed + (mild ? " (mild)" : "") + "\n");
    text.append("  clients ").append(clients).append(retry ? ", retry" : "").append('\n');
    text.append("  client ").append(clientSide).append('\n');
    text.append("  server ").append(serverSide).append('\n');
    text.append("  ").append(suites).append(' ').append(groups).append('\n');
    links.forEach(link -> text.append("  link ").append(link).append('\n'));
    if (rebinding != null) {
      text.append("  rebinds ").append(rebinding).append(' ').append(rebindings).append('\n');
    }
    text.append(heals ? "  heals at " : "  ends for good at ").append(healNanos).append('\n');
    actions.forEach(action -> text.append("  ").append(action).append('\n'));
    text.append("  then ").append(pauseNanos).append(" ns of pause, ").append(ending);
    return text.toString();
  }
}
