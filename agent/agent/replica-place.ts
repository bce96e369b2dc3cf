/** Where an agent's replicas run, and by what. */
export interface ReplicaPlace {
  readonly nodePath: string;
  readonly modelServerPath: string;
  readonly foreignServerPath?: string;
  readonly dataFolder: string;
  readonly socketFolder: string;
}
