package io.hypermesh.byzantine.viewchange;

import io.hypermesh.byzantine.message.Message;
import io.hypermesh.byzantine.message.Payload;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Each member's latest VIEW-CHANGE, one a member, so that the memory is bounded whatever they send.
 *
 * <p>Why NEW-VIEW needs only the highest certificate of a quorum: blocks are chained by hash, votes
 * of one view are for one chain, and whoever sent a COMMIT at (view, sequence) claims at least that
 * rank. A quorum of claims meets the quorum behind any committed block in a correct member, so the
 * highest certificate is at or above it, and its chain contains it (the argument of HotStuff and
 * Jolteon). So the new view begins at that certificate, and nothing below has to be voted on again.
 */
public final class ViewChangeVotes {
  private final SortedMap<Integer, Message.OfMember> latest = new TreeMap<>();

  /** Takes a VIEW-CHANGE; an older one, or another for the same view, is ignored. */
  public void add(Message.OfMember viewChange) {
    latest.merge(
        viewChange.replica(),
        viewChange,
        (kept, offered) -> offered.view() > kept.view() ? offered : kept);
  }

  /** How many members want to be in {@code view} or a later one. */
  public int countFrom(long view) {
    int count = 0;
    for (Message.OfMember vote : latest.values()) {
      if (vote.view() >= view) {
        count++;
      }
    }
    return count;
  }

  /**
   * The highest view that {@code weakQuorum} members want at least: one of them is correct, so that
   * following them follows nobody's whim. 0 if fewer have voted.
   */
  public long viewWantedBy(int weakQuorum) {
    List<Long> views = new ArrayList<>();
    latest.values().forEach(vote -> views.add(vote.view()));
    views.sort(Comparator.reverseOrder());
    return views.size() < weakQuorum ? 0 : views.get(weakQuorum - 1);
  }

  /** Who has asked for that view or a later one. */
  public List<Integer> membersFrom(long view) {
    List<Integer> members = new ArrayList<>();
    latest.forEach((replica, vote) -> {
      if (vote.view() >= view) {
        members.add(replica);
      }
    });
    return members;
  }

  /** The NEW-VIEW that a quorum's votes for exactly that view make, or null if there are fewer. */
  public Payload.@Nullable NewView newView(long view, int quorum) {
    List<Message.OfMember> votes = new ArrayList<>();
    for (Message.OfMember vote : latest.values()) {
      if (vote.view() == view) {
        votes.add(vote);
      }
    }
    if (votes.size() < quorum) {
      return null;
    }
    votes.sort(Comparator.comparing((Message.OfMember vote) -> claim(vote).rank()).reversed());
    Payload.ViewChange highest = (Payload.ViewChange) votes.getFirst().payload();
    List<Message.OfMember> chosen = new ArrayList<>(votes.subList(0, quorum));
    chosen.sort(Comparator.comparingInt(Message.OfMember::replica));
    List<Payload.SignedClaim> claims = new ArrayList<>();
    for (Message.OfMember vote : chosen) {
      claims.add(new Payload.SignedClaim(vote.replica(), claim(vote), vote.signed().signature()));
    }
    return new Payload.NewView(List.copyOf(claims), highest.certificate());
  }

  private static Payload.Claim claim(Message.OfMember vote) {
    return ((Payload.ViewChange) vote.payload()).claim();
  }

  /** Forgets what is about views up to that one, which has begun. */
  public void forgetUpTo(long view) {
    latest.values().removeIf(vote -> vote.view() <= view);
  }

  /** Forgets a member's vote. */
  public void forgetMember(int replica) {
    latest.remove(replica);
  }
}
