import { Button, Group, Select, Stack, Table, TagsInput, Text, TextInput } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { Member } from "@/api/answers";
import { explain, inProject, request } from "@/api/client";
import { useList } from "@/api/lists";
import type { Role } from "@/api/types";
import { useProject, useSession } from "@/session/session";
import { Failure } from "@/shell/failure";
import { IconButton } from "@/shell/layout";
import { Wide } from "@/shell/screen";

const ROLES: Role[] = ["annotator", "reviewer", "expert", "lead", "admin"];

/** Who works on the project, as what, and with which skills. */
export function Members() {
  const project = useProject();
  const { user } = useSession();
  const path = inProject(project, "/members");
  const list = useList<Member>(path, { limit: 200 });
  const done = () => void list.refetch();
  const put = useMutation({
    mutationFn: ({ name, role, skills }: Pick<Member, "name" | "role" | "skills">) =>
      request("PUT", `${path}/${encodeURIComponent(name)}`, { body: { role, skills } }),
    onSuccess: done,
  });
  const remove = useMutation({
    mutationFn: (name: string) => request("DELETE", `${path}/${encodeURIComponent(name)}`),
    onSuccess: done,
  });
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("annotator");
  const error = put.error ?? remove.error;
  if (list.error) return <Failure error={list.error} again={list.refetch} />;
  return (
    <Stack>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          put.mutate({ name: name.trim(), role, skills: [] }, { onSuccess: () => setName("") });
        }}
      >
        <Group gap="xs" align="end">
          <TextInput
            label="Name of a user"
            required
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <RoleSelect label="Role" value={role} onChange={setRole} />
          <Button type="submit" disabled={!name.trim()} loading={put.isPending}>
            Add
          </Button>
        </Group>
      </form>
      {error && (
        <Text fz="sm" role="alert" c="light-dark(#b42318, #ff9b93)">
          {explain(error)}
        </Text>
      )}
      <Wide name="Members">
        <Table fz="sm" miw={560}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th w={150}>Role</Table.Th>
              <Table.Th>Skills: languages, subjects</Table.Th>
              <Table.Th w={50} aria-label="Remove" />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {list.items?.map((member) => (
              <Table.Tr key={member.name}>
                <Table.Td fw={550}>
                  {member.name}
                  {member.disabled && " (disabled)"}
                </Table.Td>
                <Table.Td>
                  <RoleSelect
                    name={`Role of ${member.name}`}
                    value={member.role}
                    disabled={member.name === user.name}
                    onChange={(now) => put.mutate({ ...member, role: now })}
                  />
                </Table.Td>
                <Table.Td>
                  <TagsInput
                    size="xs"
                    aria-label={`Skills of ${member.name}`}
                    placeholder={member.skills.length ? "" : "any"}
                    value={member.skills}
                    onChange={(skills) => put.mutate({ ...member, skills })}
                  />
                </Table.Td>
                <Table.Td>
                  <IconButton
                    name={`Remove ${member.name}`}
                    size="md"
                    disabled={member.name === user.name}
                    onClick={() => remove.mutate(member.name)}
                  >
                    <IconTrash size={16} />
                  </IconButton>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Wide>
    </Stack>
  );
}

interface RoleSelectProps {
  label?: string;
  name?: string;
  value: Role;
  disabled?: boolean;
  onChange: (role: Role) => void;
}

function RoleSelect({ label, name, value, disabled, onChange }: RoleSelectProps) {
  return (
    <Select
      size={label ? "sm" : "xs"}
      label={label}
      aria-label={name}
      allowDeselect={false}
      value={value}
      disabled={disabled}
      onChange={(chosen) => onChange(chosen as Role)}
      data={ROLES}
    />
  );
}
