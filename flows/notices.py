"""Word of each retraining to an address of yours, by an automation of Prefect's.

The address is one that takes a POST with JSON `{"text": ...}`, such as an incoming webhook of Slack
or Mattermost. It stands in an environment variable, as such addresses are secrets.
"""

import os

from prefect.automations import Automation
from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import SyncPrefectClient
from prefect.events.actions import CallWebhook
from prefect.events.schemas.automations import EventTrigger, Posture

ADDRESS = "CROSSMODAL_WEBHOOK"
NAME = "retrain-notice"
# A run that ends with nothing new is no news.
NEWS = ("Promoted", "NotPromoted", "Failed", "Crashed")
SAID = "{{ flow.name }} {{ flow_run.state.name }}: {{ flow_run.state.message }}"
PAYLOAD = '{"text": {% set said %}' + SAID + "{% endset %}{{ said | tojson }}}"


def set_up_notices(client: SyncPrefectClient) -> bool:
    """Make the automation anew where there is an address to tell, else take it away.

    Args:
        client: of the server that Prefect's settings name too.
    """
    for old in client.read_automations_by_name(NAME):
        client.delete_automation(old.id)
    address = os.environ.get(ADDRESS)
    if not address:
        return False
    block = Webhook(method="POST", url=address)  # type: ignore[arg-type]
    block_id = block.save(NAME, overwrite=True)
    Automation(
        name=NAME,
        description=f"Tells the address in {ADDRESS} how a retraining ended",
        trigger=EventTrigger(
            expect={f"prefect.flow-run.{name}" for name in NEWS},
            match_related={"prefect.resource.role": "flow", "prefect.resource.name": "retrain"},
            posture=Posture.Reactive,
            threshold=1,
        ),
        # Prefect types what it returns for asynchronous callers too.
        actions=[CallWebhook(block_document_id=block_id, payload=PAYLOAD)],  # type: ignore[arg-type]
    ).create()
    return True
