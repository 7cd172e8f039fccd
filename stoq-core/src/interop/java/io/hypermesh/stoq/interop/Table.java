package io.hypermesh.stoq.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What came out, as the README shows it. */
final class Table {
  private static final String BEGIN = "<!-- interop:begin -->\n";
  private static final String END = "<!-- interop:end -->";

  private record Cell(Scenario scenario, String peer) {}

  /**
   * @param limitation what the peer can't do; null where the scenario passed
   */
  private record Result(@Nullable String limitation, List<String> evidence) {}

  private final List<Peer> peers;
  private final Map<Cell, Result> results = new ConcurrentHashMap<>();

  Table(List<Peer> peers) {
    this.peers = peers;
  }

  void passed(Scenario scenario, Peer peer, List<String> evidence) {
    results.put(new Cell(scenario, peer.title()), new Result(null, evidence));
  }

  void cannot(Scenario scenario, Peer peer, String limitation) {
    results.put(new Cell(scenario, peer.title()), new Result(limitation, List.of()));
  }

  private @Nullable Result result(Scenario scenario, Peer peer) {
    return results.get(new Cell(scenario, peer.title()));
  }

  /** Whether every cell was tried. */
  boolean isComplete() {
    return results.size() == Scenario.values().length * peers.size();
  }

  String markdown() {
    StringBuilder text = new StringBuilder("| |");
    peers.forEach(peer -> text.append(' ').append(peer.title()).append(" |"));
    text.append("\n|---|").append(":-:|".repeat(peers.size())).append('\n');
    List<String> notes = new ArrayList<>();
    for (Scenario scenario : Scenario.values()) {
      text.append("| ").append(scenario.title()).append(" |");
      for (Peer peer : peers) {
        text.append(' ').append(cell(scenario, peer, notes)).append(" |");
      }
      text.append('\n');
    }
    text.append('\n');
    for (int i = 0; i < notes.size(); i++) {
      text.append(i + 1).append(". ").append(notes.get(i)).append('\n');
    }
    return text.toString();
  }

  private String cell(Scenario scenario, Peer peer, List<String> notes) {
    Result result = result(scenario, peer);
    if (result == null) {
      return "**failed**";
    }
    String limitation = result.limitation();
    if (limitation == null) {
      String remark = peer.remark(scenario);
      if (remark == null) {
        return "✓";
      }
      notes.add(peer.title() + ": " + remark + ".");
      return "✓ (" + notes.size() + ")";
    }
    notes.add(peer.title() + ": " + limitation + ".");
    return "– (" + notes.size() + ")";
  }

  /** One line a fact, by cell. */
  String evidence() {
    StringBuilder text = new StringBuilder();
    results.entrySet().stream()
        .sorted(
            Comparator.comparing((Map.Entry<Cell, Result> entry) -> entry.getKey().scenario())
                .thenComparing(entry -> entry.getKey().peer()))
        .forEach(entry -> {
          Cell cell = entry.getKey();
          String name = cell.scenario().title() + ", " + cell.peer() + ": ";
          String limitation = entry.getValue().limitation();
          if (limitation != null) {
            text.append(name).append("not possible: ").append(limitation).append('\n');
          }
          entry.getValue().evidence().forEach(fact -> text.append(name).append(fact).append('\n'));
        });
    return text.toString();
  }

  /** What the README shows between its markers. */
  static String shownIn(Path readme) throws IOException {
    String text = Files.readString(readme);
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    return begin < 0 || end < begin ? "" : text.substring(begin + BEGIN.length(), end);
  }

  /** Puts this table between the README's markers. */
  void show(Path readme) throws IOException {
    String text = Files.readString(readme);
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IOException("couldn't find " + BEGIN.strip() + " and " + END + " in " + readme);
    }
    Files.writeString(
        readme, text.substring(0, begin + BEGIN.length()) + markdown() + text.substring(end));
  }
}
