import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { failed } from "../ui/toast";

/** Signs out here and leaves nothing of the session in memory. */
export function useSignOut(): () => void {
  return () => {
    void unwrap(api.POST("/api/v1/auth/sign-out"))
      .then(() => location.assign(`${import.meta.env.BASE_URL}sign-in`))
      .catch((error: unknown) => failed(error));
  };
}
