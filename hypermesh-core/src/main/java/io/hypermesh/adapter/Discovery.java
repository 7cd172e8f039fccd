package io.hypermesh.adapter;

import io.hypermesh.asset.AssetDescriptor;
import java.time.Instant;
import java.util.List;

/**
 * What an adapter found. Hardware that it could not make out is among the problems, each one line,
 * so that one broken device does not hide the others.
 *
 * @param at when it looked
 * @param assets what it found, by name
 * @param problems what it could not make out and why
 */
public record Discovery(Instant at, List<AssetDescriptor> assets, List<String> problems) {
  /** Copies. */
  public Discovery {
    assets = List.copyOf(assets);
    problems = List.copyOf(problems);
  }
}
