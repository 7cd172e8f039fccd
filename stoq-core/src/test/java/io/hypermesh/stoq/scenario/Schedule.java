package io.hypermesh.stoq.scenario;

import io.hypermesh.stoq.connection.PathSettings;
import io.hypermesh.stoq.handshake.NamedGroup;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.protection.CipherSuite;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Everything that is to happen in one run, drawn from one seed: how the network is and becomes, how
 * both sides are set up, which connections are made, and what their applications do and when.
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
    SEND_DATAGRAMS,
    UPDATE_KEYS,
    ROTATE_IDS,
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
   * A client connects.
   *
   * @param resumes the newest session that it has, if it has one by then
   * @param earlyData whether it sends early data then, where it may
   */
  record Start(int client, long atNanos, boolean resumes, boolean earlyData) {}

  /**
   * @param connection the number of its {@link Start}
   * @param byServer whether the server's side of the connection acts
   * @param plan of a stream
   * @param datagrams how many
   */
  record Action(
      long atNanos, int connection, boolean byServer, What what, FlowPlan plan, int datagrams) {}

  /**
   * Somebody who has recorded a client's first datagrams sends them again.
   *
   * @param spoofed from the client's address; else from another one
   */
  record Replay(long atNanos, int client, boolean spoofed) {}

  /**
   * What the server gives and takes back.
   *
   * @param perConnection tickets that a client gets; 0 for a server that resumes nothing
   * @param rememberedMax tickets with early data that are remembered
   * @param windowMillis how much too early or late early data may come
   */
  record Tickets(
      int perConnection,
      long lifetimeSeconds,
      boolean earlyData,
      int rememberedMax,
      long windowMillis) {
    static final Tickets NONE = new Tickets(0, 1, false, 1, 1);
  }

  final long seed;
  private final Draw draw;

  int clients = 1;
  Side clientSide;
  Side serverSide;
  boolean retry;
  Tickets tickets = Tickets.NONE;

  /** Whether the server has an address where it wants its clients, and whether it's reached. */
  boolean preferredAddress;

  boolean preferredReached = true;
  List<CipherSuite> suites = List.of(CipherSuite.values());
  List<NamedGroup> clientGroups = List.of(NamedGroup.X25519);
  List<NamedGroup> serverGroups = clientGroups;
  NetworkPlan network;

  /** How long nothing has to happen to a connection until it hibernates, in nanoseconds. */
  long hibernateAfterNanos = 5 * SECOND;

  /** Whether a client moves to another of its addresses by itself. */
  boolean migrates;

  final List<Start> starts = new ArrayList<>();
  final List<Action> actions = new ArrayList<>();
  final List<Replay> replays = new ArrayList<>();

  /** What was recorded is sent again when all connections are gone. */
  boolean replaysInTheEnd;

  Ending ending;
  long pauseNanos;

  private Schedule(long seed) {
    this.seed = seed;
    this.draw = new Draw(seed);
  }

  /** The schedule of a seed: the same for ever. */
  static Schedule of(long seed) {
    Schedule schedule = new Schedule(seed);
    schedule.drawSides();
    schedule.network = NetworkPlan.draw(schedule.draw);
    schedule.drawStarts();
    schedule.drawActions();
    schedule.drawHibernation();
    return schedule;
  }

  /** A schedule of one client and nothing bad, to be changed. */
  static Schedule plain(long seed) {
    Schedule schedule = new Schedule(seed);
    schedule.clientSide = Side.draw(schedule.draw, false);
    schedule.serverSide = Side.draw(schedule.draw, false);
    schedule.network = new NetworkPlan();
    schedule.starts.add(new Start(0, 0, false, false));
    schedule.ending = Ending.CLIENTS_CLOSE;
    return schedule;
  }

  // ---- Drawing ----

  private void drawSides() {
    boolean tight = draw.chance(0.5);
    clientSide = Side.draw(draw, tight);
    serverSide = Side.draw(draw, tight && draw.chance(0.7));
    if (draw.chance(0.15)) {
      // Where that isn't the client's first choice, it's told so by Version Negotiation.
      serverSide =
          serverSide.speaking(
              draw.oneOf(List.of(List.of(QuicVersion.V1), List.of(QuicVersion.V2))));
    } else if (draw.chance(0.05)) {
      clientSide = clientSide.speaking(List.of(clientSide.versions().getFirst()));
    }
    clients = draw.chance(0.75) ? 1 : 2 + draw.below(2);
    retry = draw.chance(0.25);
    if (draw.chance(0.4)) {
      suites = draw.shuffled(suites);
    }
    drawGroups();
    drawPaths();
  }

  private void drawGroups() {
    if (draw.chance(0.05)) {
      serverGroups = clientGroups = List.of(NamedGroup.SECP256R1, NamedGroup.X25519);
    } else if (draw.chance(0.05)) {
      serverGroups = clientGroups = List.of(NamedGroup.X25519MLKEM768, NamedGroup.X25519);
    } else if (draw.chance(0.05)) {
      // The client's first share is none of the server's: a HelloRetryRequest.
      clientGroups = List.of(NamedGroup.SECP256R1, NamedGroup.X25519);
    }
  }

  private void drawPaths() {
    preferredAddress = draw.chance(0.15);
    preferredReached = draw.chance(0.8);
    PathSettings paths = serverSide.paths();
    if (preferredAddress) {
      paths = paths.withPreferredAddress(ScheduleRun.PREFERRED);
    }
    serverSide = serverSide.on(paths.withDisableActiveMigration(draw.chance(0.05)));
    clientSide = clientSide.on(clientSide.paths().withFollowPreferredAddress(draw.chance(0.9)));
  }

  private void drawStarts() {
    for (int client = 0; client < clients; client++) {
      starts.add(new Start(client, 0, false, false));
    }
    if (draw.chance(0.35)) {
      for (int i = draw.chance(0.8) ? 1 : 2; i > 0; i--) {
        long heal = network.healNanos;
        long at =
            network.heals && draw.chance(0.3)
                ? heal + draw.below(SECOND)
                : heal / 4 + draw.below(heal - heal / 4);
        starts.add(new Start(draw.below(clients), at, draw.chance(0.85), draw.chance(0.8)));
      }
      starts.sort(Comparator.comparingLong(Start::atNanos));
      if (draw.chance(0.9)) {
        tickets =
            new Tickets(
                1 + draw.below(3),
                draw.scaled(1, 86_400),
                draw.chance(0.8),
                draw.chance(0.9) ? 100 : 1,
                draw.scaled(50, 30_000));
      }
    }
    if (draw.chance(0.15)) {
      for (int i = 1 + draw.below(2); i > 0; i--) {
        replays.add(
            new Replay(draw.below(network.healNanos), draw.below(clients), draw.chance(0.5)));
      }
    }
    replaysInTheEnd = draw.chance(tickets.earlyData() ? 0.5 : 0.05);
  }

  private void drawActions() {
    for (int connection = 0; connection < starts.size(); connection++) {
      boolean again = connection >= clients;
      int streams =
          draw.chance(0.04) ? 20 + draw.below(100) : again ? draw.below(5) : draw.below(8);
      boolean small = streams > 20;
      for (int i = 0; i < streams; i++) {
        What what = draw.chance(0.6) ? What.OPEN_BIDIRECTIONAL : What.OPEN_UNIDIRECTIONAL;
        add(connection, draw.chance(0.35), what, plan(draw, small), 0);
      }
      for (int i = draw.chance(0.3) ? 1 + draw.below(4) : 0; i > 0; i--) {
        add(connection, draw.chance(0.5), What.SEND_DATAGRAMS, null, 1 + draw.below(20));
      }
      for (int i = draw.chance(0.3) ? 1 + draw.below(4) : 0; i > 0; i--) {
        add(connection, draw.chance(0.5), What.UPDATE_KEYS, null, 0);
      }
      if (draw.chance(0.1)) {
        add(connection, draw.chance(0.5), What.ROTATE_IDS, null, 0);
      }
      if (draw.chance(0.15)) {
        // To an address without a NAT before it, and on links like the other's.
        add(connection, false, What.MIGRATE, null, 0);
        migrates = true;
      }
      if (draw.chance(0.06)) {
        add(connection, draw.chance(0.5), What.CLOSE, null, 0);
      }
    }
    ending = draw.oneOf(List.of(Ending.values()));
    pauseNanos = draw.chance(0.3) ? draw.scaled(100 * MILLI, 100 * SECOND) : 0;
  }

  private void drawHibernation() {
    // At every opportunity, as a rule: what goes on then goes on after any time.
    hibernateAfterNanos = draw.chance(0.7) ? 0 : draw.scaled(MILLI, 30 * SECOND);
  }

  private void add(int connection, boolean byServer, What what, FlowPlan plan, int datagrams) {
    // Early ones are more likely: the handshake is where most can go wrong.
    Start start = starts.get(connection);
    boolean atOnce = draw.chance(start.resumes() ? 0.5 : 0.3);
    long rest = network.healNanos - start.atNanos();
    long at = start.atNanos() + (atOnce || rest <= 0 ? 0 : draw.below(rest));
    actions.add(new Action(at, connection, byServer, what, plan, datagrams));
  }

  /** What one side does with a stream that it opens. */
  private static FlowPlan plan(Draw draw, boolean small) {
    double kind = draw.share();
    int bytes =
        small || kind < 0.3
            ? draw.below(100)
            : kind < 0.8 ? draw.below(10_000) : draw.below(50_000);
    return new FlowPlan(
        bytes,
        false,
        draw.chance(0.1) ? draw.below(bytes + 1) : -1,
        draw.chance(0.1) ? draw.below(10_000) : -1,
        draw.chance(0.15) ? 1_000 + draw.below(4_000) : 0,
        draw.chance(0.3) ? draw.below(8) : FlowPlan.URGENCY_DEFAULT,
        draw.chance(0.5));
  }

  // ---- What follows from it ----

  /** What a side does with a stream that the other one opened. */
  FlowPlan planForPeerStream(boolean server, long streamId) {
    Draw own = new Draw(seed * 31 + streamId * 0x9e3779b97f4a7c15L + (server ? 1 : 2));
    return plan(own, false).answering(10_000, own.chance(0.3));
  }

  /** Whether nothing is so bad that a connection may be given up for it. */
  boolean isMild() {
    // Who comes first to a server with somebody else's first datagram gets the answer.
    return network.mild && replays.stream().allMatch(Replay::spoofed);
  }

  /** The longest idle timeout of both sides. */
  long idleNanosMax() {
    return Math.max(clientSide.idleNanos(), serverSide.idleNanos());
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("schedule " + seed + (isMild() ? " (mild)" : "") + "\n");
    text.append("  clients ").append(clients).append(retry ? ", retry" : "").append('\n');
    text.append("  client ").append(clientSide).append('\n');
    text.append("  server ").append(serverSide).append('\n');
    text.append("  ").append(suites).append('\n');
    text.append("  groups ").append(clientGroups).append(" and ").append(serverGroups).append('\n');
    if (preferredAddress) {
      text.append("  preferred address").append(preferredReached ? "" : ", not reached");
      text.append('\n');
    }
    text.append("  hibernates after ").append(hibernateAfterNanos).append(" ns\n");
    text.append("  ").append(tickets).append('\n');
    text.append(network).append('\n');
    starts.forEach(start -> text.append("  ").append(start).append('\n'));
    actions.forEach(action -> text.append("  ").append(action).append('\n'));
    replays.forEach(replay -> text.append("  ").append(replay).append('\n'));
    text.append("  then ").append(pauseNanos).append(" ns of pause, ").append(ending);
    text.append(replaysInTheEnd ? ", and what was recorded again" : "");
    return text.toString();
  }
}
