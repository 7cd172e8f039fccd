package io.hypermesh.examples.fullflow;

import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What a node says about itself.
 *
 * @param connectedMembers to how many other members it has a connection
 * @param view the view that it is in
 * @param executedSequence the last block that it executed
 * @param roots the state's root after each of the latest blocks, in hexadecimal, by sequence number
 * @param isolated the members that it ignores
 * @param evidence what it holds against them, encoded
 */
record NodeStatus(
    int connectedMembers,
    long view,
    long executedSequence,
    Map<Long, String> roots,
    List<Integer> isolated,
    List<byte[]> evidence) {
  NodeStatus {
    roots = Map.copyOf(roots);
    isolated = List.copyOf(isolated);
    evidence = List.copyOf(evidence);
  }

  /** One line that {@link #parse} reads. */
  String toLine() {
    return String.join(
        " ",
        "status",
        Integer.toString(connectedMembers),
        Long.toString(view),
        Long.toString(executedSequence),
        list(
            new TreeMap<>(roots)
                .entrySet().stream().map(root -> root.getKey() + ":" + root.getValue()).toList()),
        list(isolated.stream().map(String::valueOf).toList()),
        list(evidence.stream().map(Base64.getEncoder()::encodeToString).toList()));
  }

  /**
   * Reads what {@link #toLine} wrote.
   *
   * @throws IllegalArgumentException if it is anything else
   */
  static NodeStatus parse(String line) {
    String[] fields = line.split(" ", -1);
    if (fields.length != 7 || !fields[0].equals("status")) {
      throw new IllegalArgumentException("couldn't read a node's status: " + line);
    }
    return new NodeStatus(
        Integer.parseInt(fields[1]),
        Long.parseLong(fields[2]),
        Long.parseLong(fields[3]),
        items(fields[4]).stream()
            .map(item -> item.split(":", 2))
            .collect(Collectors.toMap(pair -> Long.valueOf(pair[0]), pair -> pair[1])),
        items(fields[5]).stream().map(Integer::valueOf).toList(),
        items(fields[6]).stream().map(Base64.getDecoder()::decode).toList());
  }

  private static String list(List<String> items) {
    return items.isEmpty() ? "-" : String.join(",", items);
  }

  private static List<String> items(String field) {
    return field.equals("-") ? List.of() : Arrays.asList(field.split(","));
  }
}
