package io.hypermesh.stoq;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Sessions in memory: a few for each server, bounded in all, least recently used servers first out.
 * What is given up is erased. Every method takes one short lock.
 */
final class MemorySessionStore implements StoqSessionStore {
  /** Sessions kept for one server: more would not be used before they expire. */
  static final int SESSIONS_PER_SERVER_MAX = 4;

  private final int sessionsMax;
  private final Map<Key, ArrayDeque<StoqSession>> sessions = new LinkedHashMap<>(16, 0.75f, true);
  private int count;

  MemorySessionStore(int sessionsMax) {
    if (sessionsMax < 1 || sessionsMax > 1_000_000) {
      throw new IllegalArgumentException(
          "couldn't make a session store: sessionsMax is from 1 to 1,000,000: " + sessionsMax);
    }
    this.sessionsMax = sessionsMax;
  }

  @Override
  public synchronized void put(Key key, StoqSession session) {
    ArrayDeque<StoqSession> ofServer = sessions.computeIfAbsent(key, _ -> new ArrayDeque<>(2));
    ofServer.addFirst(session);
    count++;
    if (ofServer.size() > SESSIONS_PER_SERVER_MAX) {
      ofServer.removeLast().erase();
      count--;
    }
    while (count > sessionsMax) {
      giveUpEldest();
    }
  }

  private void giveUpEldest() {
    Iterator<ArrayDeque<StoqSession>> eldest = sessions.values().iterator();
    ArrayDeque<StoqSession> ofServer = eldest.next();
    ofServer.removeLast().erase();
    count--;
    if (ofServer.isEmpty()) {
      eldest.remove();
    }
  }

  @Override
  public synchronized @Nullable StoqSession take(Key key) {
    ArrayDeque<StoqSession> ofServer = sessions.get(key);
    if (ofServer == null) {
      return null;
    }
    StoqSession newest = ofServer.removeFirst();
    count--;
    if (ofServer.isEmpty()) {
      sessions.remove(key);
    }
    return newest;
  }

  synchronized int size() {
    return count;
  }
}
