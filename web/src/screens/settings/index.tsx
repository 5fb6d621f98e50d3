/** Settings: labels, people, rules, triggers, channels of alerts, and one's own tokens. */
import { Tabs } from "@mantine/core";
import { Channels } from "@/screens/settings/channels";
import { Labels } from "@/screens/settings/labels";
import { Members } from "@/screens/settings/members";
import { ReviewRules } from "@/screens/settings/rules";
import { Tokens } from "@/screens/settings/tokens";
import { Triggers } from "@/screens/settings/triggers";
import { Users } from "@/screens/settings/users";
import { useSession } from "@/session/session";
import { Screen } from "@/shell/screen";

export default function Settings() {
  const { user } = useSession();
  return (
    <Screen title="Settings">
      <Tabs defaultValue="labels" keepMounted={false}>
        <Tabs.List mb="lg">
          <Tabs.Tab value="labels">Labels</Tabs.Tab>
          <Tabs.Tab value="members">Members</Tabs.Tab>
          <Tabs.Tab value="rules">Review rules</Tabs.Tab>
          <Tabs.Tab value="triggers">Triggers</Tabs.Tab>
          <Tabs.Tab value="channels">Channels</Tabs.Tab>
          <Tabs.Tab value="tokens">Tokens</Tabs.Tab>
          {user.administrator && <Tabs.Tab value="users">Users</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="labels">
          <Labels />
        </Tabs.Panel>
        <Tabs.Panel value="members">
          <Members />
        </Tabs.Panel>
        <Tabs.Panel value="rules">
          <ReviewRules />
        </Tabs.Panel>
        <Tabs.Panel value="triggers">
          <Triggers />
        </Tabs.Panel>
        <Tabs.Panel value="channels">
          <Channels />
        </Tabs.Panel>
        <Tabs.Panel value="tokens">
          <Tokens />
        </Tabs.Panel>
        <Tabs.Panel value="users">
          <Users />
        </Tabs.Panel>
      </Tabs>
    </Screen>
  );
}
