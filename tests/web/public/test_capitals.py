"""The address as QR codes hold it: all in capitals."""


def test_the_address_in_capitals_leads_to_the_same_form(residents):
    code = residents.points["W01"].code

    response = residents.client.get(f"/Q/{code}")

    assert response.status_code == 200
    assert f'action="/q/{code}"' in response.text
