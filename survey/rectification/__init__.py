"""Problems put right: items, their states, rights and deadlines, evidence and ledger."""
