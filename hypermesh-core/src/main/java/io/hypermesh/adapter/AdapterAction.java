package io.hypermesh.adapter;

/** What an adapter can be asked to do; {@link AssetAdapter#capabilities} answers for each. */
public enum AdapterAction {
  /** Find hardware. */
  DISCOVER,
  /** Set a leased amount aside. */
  ALLOCATE,
  /** Hold a process to what was allocated to it. */
  BIND,
  /** Say how much of an allocation was used. */
  METER,
  /** Say whether hardware is in order. */
  HEALTH,
  /** Give an allocation back. */
  RELEASE,
  /** Compare what the ledger says with what the kernel does. */
  RECONCILE
}
