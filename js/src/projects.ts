// What projects are called on screen. Two may have one name, and then something else must tell them apart.

import type { Project } from "./contract.ts";

export interface ProjectLabel {
  name: string;
  /** Host and owner, or the folder, or what is left of a path; empty where the name says enough. */
  beside: string;
}

/** Project id -> what to show, the same for each as long as the projects are the same. */
export function projectLabels(projects: readonly Project[]): ReadonlyMap<string, ProjectLabel> {
  const named = new Map<string, Project[]>();
  for (const project of projects) named.set(project.name, [...(named.get(project.name) ?? []), project]);
  const labels = projects.map((project): [string, ProjectLabel] => {
    const same = named.get(project.name) ?? [];
    return [project.id, { name: project.name, beside: same.length > 1 ? besideOf(project, same) : "" }];
  });
  return new Map(labels);
}

/** The shortest that is this one's alone. */
function besideOf(project: Project, same: readonly Project[]): string {
  const ways = [ownerOf, ownerAndFolder, (one: Project) => `${ownerAndFolder(one)} (${one.id})`];
  const told = ways.find((way) => same.filter((other) => way(other) === way(project)).length === 1) ?? ownerAndFolder;
  return told(project);
}

/** `github.com/acme` of `github.com/acme/cifar`; a folder without a remote has only the end of its own address. */
function ownerOf({ repo_url }: Project): string {
  const local = /^local:.*-([0-9a-f]{8})$/.exec(repo_url);
  if (local) return `this machine, ${local[1]}`;
  return repo_url.replace(/^[a-z+]+:\/\//, "").replace(/[/:][^/:]*$/, "");
}

const ownerAndFolder = (project: Project): string =>
  project.subdir ? `${ownerOf(project)}, ${project.subdir}` : ownerOf(project);
