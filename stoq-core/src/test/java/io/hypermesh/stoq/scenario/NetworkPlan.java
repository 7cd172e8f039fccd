package io.hypermesh.stoq.scenario;

import static io.hypermesh.stoq.scenario.Schedule.MILLI;
import static io.hypermesh.stoq.scenario.Schedule.SECOND;

import io.hypermesh.stoq.simulation.Bottleneck;
import io.hypermesh.stoq.simulation.Corruption;
import io.hypermesh.stoq.simulation.EcnTreatment;
import io.hypermesh.stoq.simulation.LinkConditions;
import io.hypermesh.stoq.simulation.LinkSchedule;
import io.hypermesh.stoq.simulation.LossModel;
import io.hypermesh.stoq.simulation.Nat;
import java.util.ArrayList;
import java.util.List;

/** How the network is in one schedule: its time of trouble, and what comes after. */
final class NetworkPlan {
  LinkSchedule toServer = LinkSchedule.always(LinkConditions.PERFECT);
  LinkSchedule toClient = toServer;

  /** What both are, in words. */
  final List<String> links = new ArrayList<>();

  /** What a NAT before the clients changes, and when; null where there is none. */
  Nat.Rebinding rebinding;

  final List<Long> rebindings = new ArrayList<>();

  /** When the trouble is over. */
  long healNanos = SECOND;

  LinkConditions healed = LinkConditions.PERFECT;

  /** Whether it's over for good, or the network is gone then. */
  boolean heals = true;

  /** Whether nothing is so bad that a connection may be given up for it. */
  boolean mild = true;

  /** One that is perfect, to be changed. */
  NetworkPlan() {}

  static NetworkPlan draw(Draw draw) {
    NetworkPlan plan = new NetworkPlan();
    plan.healNanos = draw.scaled(200 * MILLI, 4 * SECOND);
    plan.toServer = plan.link(draw, "to server");
    plan.toClient = plan.link(draw, "to client");
    if (draw.chance(0.25)) {
      plan.rebinding = draw.chance(0.5) ? Nat.Rebinding.PORT : Nat.Rebinding.ADDRESS;
      for (int i = 1 + draw.below(4); i > 0; i--) {
        plan.rebindings.add(draw.below(plan.healNanos));
      }
      plan.mild = false;
    }
    plan.healed = LinkConditions.PERFECT.withDelay(draw.scaled(MILLI / 10, 50 * MILLI), 0);
    plan.heals = draw.chance(0.88);
    plan.mild &= plan.heals;
    return plan;
  }

  private LinkSchedule link(Draw draw, String name) {
    LinkConditions first = conditions(draw);
    links.add(name + " " + first);
    LinkSchedule schedule = LinkSchedule.always(first);
    for (int i = draw.chance(0.3) ? 1 + draw.below(3) : 0; i > 0; i--) {
      LinkConditions later = conditions(draw);
      long at = draw.below(healNanos);
      links.add(name + " from " + at + " " + later);
      schedule = schedule.then(at, later);
    }
    if (draw.chance(0.1)) {
      // What was found to fit doesn't any more.
      LinkConditions narrow = first.withMtu(1_280 + draw.below(60));
      long at = draw.below(healNanos);
      links.add(name + " from " + at + " " + narrow);
      schedule = schedule.then(at, narrow);
    }
    for (int i = draw.chance(0.2) ? 1 + draw.below(2) : 0; i > 0; i--) {
      long from = draw.below(healNanos);
      long to = from + draw.scaled(20 * MILLI, 3 * SECOND);
      links.add(name + " black hole from " + from + " to " + to);
      schedule = schedule.blackhole(from, to);
      mild = false;
    }
    return schedule;
  }

  private LinkConditions conditions(Draw draw) {
    long delay = draw.scaled(MILLI / 10, 150 * MILLI);
    LinkConditions conditions =
        LinkConditions.PERFECT.withDelay(delay, draw.chance(0.4) ? draw.below(delay) : 0);
    conditions = conditions.withLoss(loss(draw));
    if (draw.chance(0.3)) {
      conditions = conditions.withDuplication(draw.share() * 0.2);
    }
    if (draw.chance(0.3)) {
      conditions = conditions.withReordering(draw.share() * 0.3);
    }
    if (draw.chance(0.2)) {
      double rate = draw.share() * 0.1;
      mild &= rate < 0.03;
      conditions =
          conditions.withCorruption(
              new Corruption(rate, 1 + draw.below(4), draw.chance(0.5) ? 30 : 1_200));
    }
    if (draw.chance(0.4)) {
      long queue = draw.scaled(4_500, 100_000);
      mild &= queue >= 20_000;
      Bottleneck bottleneck =
          new Bottleneck(draw.scaled(50_000, 10_000_000), queue, Long.MAX_VALUE);
      conditions =
          conditions.withBottleneck(
              draw.chance(0.3) ? bottleneck.withMarking(queue / 2) : bottleneck);
    }
    if (draw.chance(0.2)) {
      conditions = conditions.withMtu(1_280 + draw.below(221));
    }
    if (draw.chance(0.2)) {
      conditions = conditions.withEcn(draw.oneOf(List.of(EcnTreatment.values())));
    }
    return conditions;
  }

  private LossModel loss(Draw draw) {
    double kind = draw.share();
    if (kind < 0.5) {
      return LossModel.NONE;
    }
    if (kind < 0.8) {
      double rate = draw.share() * 0.1;
      int burst = 1 + draw.below(4);
      mild &= rate * burst < 0.05;
      return new LossModel.Bursts(rate, burst);
    }
    mild = false;
    if (kind < 0.9) {
      return new LossModel.Independent(draw.share() * 0.5, 1 + draw.below(4));
    }
    return new LossModel.Gilbert(
        draw.share() * 0.1, 0.05 + draw.share() * 0.5, draw.share() * 0.02, draw.share());
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    links.forEach(link -> text.append("  link ").append(link).append('\n'));
    if (rebinding != null) {
      text.append("  rebinds ").append(rebinding).append(' ').append(rebindings).append('\n');
    }
    text.append(heals ? "  heals at " : "  ends for good at ").append(healNanos);
    return text.append(" to ").append(healed).toString();
  }
}
