import { useQueryClient } from "@tanstack/react-query";
import { failed, told } from "../ui/toast";

/** Does something to the hub, says that it is done or why not, and has what it changed fetched again. */
export function useAct(...keys: readonly (readonly unknown[])[]): (what: () => Promise<unknown>, said?: string) => Promise<boolean> {
  const client = useQueryClient();
  return async (what, said) => {
    let done = true;
    try {
      await what();
      if (said) told(said);
    } catch (error) {
      done = false;
      failed(error);
    }
    await Promise.all(keys.map((queryKey) => client.invalidateQueries({ queryKey })));
    return done;
  };
}
