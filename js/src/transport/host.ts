// A kernel that keeps its own store beside a server that keeps another: the browser reaches both, and introduces them.

import { Requests } from "./requests.ts";
import { Tokens } from "./tokens.ts";
import type { Host, HostState, TokenDesk } from "./transport.ts";

const DAYS = 30;

export class Stranger implements Host {
  /** Kept here, because a notebook draws an output anew whenever it likes. */
  state: HostState = "apart";
  readonly desk: TokenDesk;

  constructor(
    readonly address: string,
    private readonly hand: (url: string, token: string) => Promise<void>,
    private readonly tell: () => void,
  ) {
    this.desk = new Tokens(address, new Requests(address));
  }

  async connect(): Promise<void> {
    this.turn("going");
    try {
      await this.introduce();
      this.turn("together");
    } catch (error) {
      this.turn({ problem: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Makes a token there and gives it to the kernel; where that fails, the token is ended again. */
  private async introduce(): Promise<void> {
    const { id, token } = await this.desk.create({ name: "connected kernel", expires_days: DAYS, project: null });
    try {
      await this.hand(this.address, token);
    } catch (error) {
      await this.desk.revoke(id).catch(() => undefined);
      throw error;
    }
  }

  private turn(state: HostState): void {
    this.state = state;
    this.tell();
  }
}
