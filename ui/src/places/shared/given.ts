/** A file that was given with a request, by its copy in the workspace. */
export interface GivenFile {
  name: string;
  sha256: string;
  bytes: number;
}
