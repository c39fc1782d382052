// Tokens over HTTP. A secret comes with the answer that makes it, and is kept nowhere.

import type { IssuedToken, TokenList, TokenWish } from "../contract.ts";
import type { Requests } from "./requests.ts";
import type { TokenDesk } from "./transport.ts";

export class Tokens implements TokenDesk {
  constructor(
    readonly address: string,
    private readonly requests: Requests,
  ) {}

  list(): Promise<TokenList> {
    return this.requests.json("api/tokens");
  }

  create(wish: TokenWish): Promise<IssuedToken> {
    return this.requests.json("api/tokens", "POST", wish);
  }

  regenerate(token: string): Promise<IssuedToken> {
    return this.requests.json(`api/tokens/${encodeURIComponent(token)}/regenerate`, "POST");
  }

  async revoke(token: string): Promise<void> {
    await this.requests.json(`api/tokens/${encodeURIComponent(token)}`, "DELETE");
  }

  async revokeAll(): Promise<void> {
    await this.requests.json("api/tokens", "DELETE");
  }
}
