% rebase('layout', title=t('nav.health'), here='health')
% page_head(t('nav.health'))
<div id="toasts">
% if drilling:
%   toast(t('emergency.drilling', handset=visit.handset(drilling, 'port.the_handset')))
% end
</div>
<div hx-get="/health/now" hx-trigger="box:health from:body, box:line from:body delay:200ms, box:box from:body" hx-swap="innerHTML">
% include('health_now')
</div>
<div hx-get="/emergency/card" hx-trigger="box:emergency from:body, box:call from:body delay:500ms" hx-swap="innerHTML" data-hold-while-used>
% include('health_emergency')
</div>
