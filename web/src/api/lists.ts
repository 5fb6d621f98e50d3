/** Lists that the server gives in parts. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { request } from "@/api/client";
import type { Page } from "@/api/types";

/** A list, part after part; `path` may have a query of its own. */
export function useList<Item>(path: string, { limit = 50, enabled = true } = {}) {
  const join = path.includes("?") ? "&" : "?";
  const query = useInfiniteQuery({
    queryKey: ["list", path, limit],
    queryFn: ({ pageParam, signal }) =>
      request<Page<Item>>(
        "GET",
        `${path}${join}limit=${limit}${pageParam ? `&cursor=${encodeURIComponent(pageParam)}` : ""}`,
        { signal },
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    enabled,
  });
  return { ...query, items: query.data?.pages.flatMap(({ items }) => items) };
}
