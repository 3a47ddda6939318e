/** Files at the server. */

import { askPath } from "../../api/client";

export const removeFile = (id: string): Promise<unknown> => askPath(`/api/v1/files/${id}`, { method: "DELETE" });
